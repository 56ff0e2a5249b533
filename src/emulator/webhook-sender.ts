import { createHmac } from 'node:crypto'
import { Pool } from 'undici'
import type { Activity } from './activity.ts'
import { escapeBody } from './escape-body.ts'
import { createFifo } from './fifo.ts'
import type { EmulatorEvent, Settings } from './options.ts'
import type { TimerQueue } from './timer-queue.ts'

/** One try to deliver one POST. */
export interface WebhookDelivery {
  id: number
  /** 1 for the first try. */
  attempt: number
  atMs: number
  tookMs: number
  /** What it carries: `statuses: sent`, `messages: text`, `message_template_status_update`. */
  summary: string
  wamids: string[]
  /** The answered status; null where no answer came. */
  httpStatus: number | null
  error: string | null
  /** As sent; null for bodies beyond 4 KB. */
  body: string | null
}

export type SignatureFault = 'none' | 'missing' | 'wrong'

export interface WebhookPost {
  summary: string
  wamids: string[]
  /** Plain JSON; escaped and signed when it is sent. */
  json: string
  signature?: SignatureFault
}

/** Posts signed webhooks to one address, with retries as Meta makes them (reference, section 5.3). */
export interface WebhookSender {
  readonly url: string | null
  setUrl(url: string | null): Promise<void>
  /**
   * Resolves after the first try, whatever its answer; a failed one goes on being retried. Without an
   * address the webhook is dropped, as for an app that has subscribed to nothing.
   */
  post(post: WebhookPost): Promise<void>
  /** Holds everything back until false is given. */
  setPaused(paused: boolean): void
  readonly paused: boolean
  /** The last 5,000 tries, oldest first. */
  deliveries(): WebhookDelivery[]
  readonly counts: Readonly<WebhookCounts>
  /** Waiting for a socket, the ones that wait for a retry not counted. */
  readonly queued: number
  clear(): void
  close(): Promise<void>
}

export interface WebhookCounts {
  delivered: number
  refused: number
  givenUp: number
  dropped: number
}

interface Job {
  id: number
  attempt: number
  firstAtMs: number
  post: WebhookPost
  body: Buffer
  signature: string | null
  settle: () => void
}

export interface WebhookContext {
  settings: Settings
  activity: Activity
  timers: TimerQueue
  /** False: the account has no subscribed app, and every webhook is dropped. */
  isSubscribed: () => boolean
  emit: (event: EmulatorEvent) => void
}

const DELIVERIES = 5000
const BODY_LIMIT = 4096
/** Beyond this many waiting posts the receiver is away for good: further ones are dropped and counted. */
const QUEUE_LIMIT = 300_000
const TIMEOUT_MS = 20_000

export function createWebhookSender(context: WebhookContext): WebhookSender {
  const { settings, activity, timers, emit } = context
  const queue = createFifo<Job>()
  const counts: WebhookCounts = { delivered: 0, refused: 0, givenUp: 0, dropped: 0 }
  let target: { url: string; path: string; pool: Pool } | null = null
  let deliveries: WebhookDelivery[] = []
  let inFlight = 0
  let retrying = 0
  let nextId = 0
  let paused = false

  const finish = (job: Job): void => {
    job.settle()
    activity.end()
  }
  const pump = (): void => {
    while (!paused && inFlight < settings.webhookConnections) {
      const job = queue.take()
      if (job === undefined) return
      if (target === null) {
        counts.dropped += 1
        finish(job)
        continue
      }
      inFlight += 1
      void attempt(job, target.pool, target.path).then((done) => {
        inFlight -= 1
        if (done) finish(job)
        else retryLater(job)
        pump()
      })
    }
  }
  const attempt = async (job: Job, pool: Pool, path: string): Promise<boolean> => {
    const startedAt = performance.now()
    let httpStatus: number | null = null
    let error: string | null = null
    try {
      const headers: Record<string, string> = {
        'content-type': 'application/json',
        'user-agent': 'facebookexternalua',
      }
      if (job.signature !== null) headers['x-hub-signature-256'] = job.signature
      const answer = await pool.request({ method: 'POST', path, headers, body: job.body })
      httpStatus = answer.statusCode
      await answer.body.dump()
    } catch (cause) {
      error = cause instanceof Error ? cause.message : 'unknown'
    }
    const tookMs = performance.now() - startedAt
    record(job, httpStatus, error, tookMs)
    return httpStatus === 200
  }
  const record = (
    job: Job,
    httpStatus: number | null,
    error: string | null,
    tookMs: number,
  ): void => {
    const { id, attempt: tries, post, body } = job
    const { summary, wamids } = post
    deliveries.push({
      id,
      attempt: tries,
      atMs: settings.clock(),
      tookMs,
      summary,
      wamids,
      httpStatus,
      error,
      body: body.length <= BODY_LIMIT ? body.toString('latin1') : null,
    })
    if (deliveries.length >= 2 * DELIVERIES) deliveries = deliveries.slice(-DELIVERIES)
    if (httpStatus === 200) {
      counts.delivered += 1
      emit({ kind: 'webhook_delivered', summary, attempt: tries, tookMs })
    } else {
      counts.refused += 1
      emit({ kind: 'webhook_refused', summary, attempt: tries, httpStatus })
    }
  }
  const retryLater = (job: Job): void => {
    job.settle()
    const { firstMs, factor, maxMs, giveUpMs } = settings.webhookRetry
    const delayMs = Math.min(maxMs, firstMs * factor ** (job.attempt - 1))
    const tooLate = performance.now() + delayMs - job.firstAtMs > giveUpMs
    if (tooLate || retrying >= QUEUE_LIMIT || target === null) {
      counts.givenUp += 1
      emit({ kind: 'webhook_given_up', summary: job.post.summary, attempt: job.attempt })
      activity.end()
      return
    }
    retrying += 1
    // The next try is begun before this one ends, so that nobody takes the pause for rest.
    timers.schedule(delayMs, () => {
      retrying -= 1
      activity.begin()
      queue.put({ ...job, attempt: job.attempt + 1 })
      pump()
    })
    activity.end()
  }

  return {
    get url() {
      return target?.url ?? null
    },
    async setUrl(url) {
      const former = target
      target = url === null ? null : openTarget(url, settings.webhookConnections)
      pump()
      await former?.pool.destroy()
    },
    post(post) {
      if (target === null || !context.isSubscribed() || queue.size >= QUEUE_LIMIT) {
        counts.dropped += 1
        return Promise.resolve()
      }
      activity.begin()
      const body = Buffer.from(escapeBody(post.json), 'latin1')
      const signature = sign(body, settings.appSecret, post.signature ?? 'none')
      return new Promise((settle) => {
        nextId += 1
        const firstAtMs = performance.now()
        queue.put({ id: nextId, attempt: 1, firstAtMs, post, body, signature, settle })
        pump()
      })
    },
    setPaused(next) {
      paused = next
      pump()
    },
    get paused() {
      return paused
    },
    deliveries: () => deliveries.slice(-DELIVERIES),
    counts,
    get queued() {
      return queue.size
    },
    clear() {
      for (const job of queue.clear()) finish(job)
      deliveries = []
      retrying = 0
      Object.assign(counts, { delivered: 0, refused: 0, givenUp: 0, dropped: 0 })
    },
    async close() {
      const former = target
      target = null
      for (const job of queue.clear()) finish(job)
      await former?.pool.destroy()
    },
  }
}

function openTarget(url: string, connections: number): { url: string; path: string; pool: Pool } {
  const { origin, pathname, search } = new URL(url)
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    connect: { timeout: 5000 },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  })
  return { url, path: `${pathname}${search}`, pool }
}

function sign(body: Buffer, appSecret: string, fault: SignatureFault): string | null {
  if (fault === 'missing') return null
  const key = fault === 'wrong' ? `not ${appSecret}` : appSecret
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
}
