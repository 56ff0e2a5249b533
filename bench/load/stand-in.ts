/**
 * Stands in for Meta, in a process of its own: takes sends, answers with an id, and reports sent,
 * delivered and read 20, 100 and 300 ms later in signed webhooks, each until it has a 200.
 */

import { randomFillSync } from 'node:crypto'
import { percentile } from '../measure/summary.ts'
import { answerRead } from './graph-reads.ts'
import { listen } from './http-server.ts'
import type { Request } from './http-server.ts'
import { APP_SECRET, PHONE_NUMBER_ID, orderOf } from './orders.ts'
import type {
  Progress,
  StandInAnswer,
  StandInCommand,
  StandInReport,
  StandInSettings,
} from './protocol.ts'
import { encodeStatus, encodeWebhook } from './status-lines.ts'
import type { SentMessage, StatusWord } from './status-lines.ts'
import { createPoster } from './webhook-posts.ts'
import type { Poster } from './webhook-posts.ts'

/** After the answer to the send, in ms. Each is a queue, because what comes later is due later. */
const REPORTS: { word: StatusWord; afterMs: number }[] = [
  { word: 'sent', afterMs: 20 },
  { word: 'delivered', afterMs: 100 },
  { word: 'read', afterMs: 300 },
]
/** A status waits at most this long for others to fill its webhook. */
const GATHER_MS = 50

interface Scheduled {
  message: SentMessage
  dueAt: number
}

const settings = JSON.parse(process.argv[2] ?? '{}') as StandInSettings
const say = (answer: StandInAnswer): void => void process.send?.(answer)

const queues: { items: Scheduled[]; next: number }[] = REPORTS.map(() => ({ items: [], next: 0 }))
let poster: Poster | undefined
let timer: NodeJS.Timeout | undefined
let timerAt = Infinity
let gathered: { line: string; dueAt: number; waId: string }[] = []

let expected = 0
let begunAt = 0
let timesAccepted = new Map<number, number>()
let accepted = 0
let acceptedTwice = 0
let strange = 0
let posts = 0
let statuses = 0
let postedStatuses = 0
let repeatedBefore = 0
let latencies: number[] = []
let bySecond: { accepted: number; latencies: number[] }[] = []

const answerSend = (request: Request): void => {
  const body = JSON.parse(request.body.toString('latin1')) as {
    to?: string
    biz_opaque_callback_data?: string
  }
  const { to = '', biz_opaque_callback_data: callbackData } = body
  const order = orderOf(to)
  const times = (timesAccepted.get(order) ?? 0) + 1
  timesAccepted.set(order, times)
  accepted += 1
  second().accepted += 1
  if (Number.isNaN(order)) strange += 1
  if (times === 2) acceptedTwice += 1
  const waId = to.slice(1)
  const message = { wamid: createWamid(), waId, callbackData }
  request.answer(
    200,
    `{"messaging_product":"whatsapp","contacts":[{"input":"${to}","wa_id":"${waId}"}],"messages":[{"id":"${message.wamid}","message_status":"accepted"}]}`,
  )
  const now = performance.now()
  REPORTS.forEach(({ afterMs }, index) => {
    queues[index]?.items.push({ message, dueAt: now + afterMs })
  })
  wakeAt(now + (REPORTS[0]?.afterMs ?? 0))
}

const handle = (request: Request): void => {
  if (request.method !== 'POST') request.answer(200, JSON.stringify(answerRead(request.path)))
  else if (!request.path.endsWith(`/${PHONE_NUMBER_ID}/messages`)) {
    strange += 1
    request.answer(404, '{}')
  } else if (settings.answerAfterMs === 0) answerSend(request)
  else setTimeout(() => answerSend(request), settings.answerAfterMs)
}

function wakeAt(moment: number): void {
  if (timerAt <= moment) return
  clearTimeout(timer)
  timerAt = moment
  timer = setTimeout(sendDue, Math.max(0, moment - performance.now()))
}

function sendDue(): void {
  timerAt = Infinity
  const now = performance.now()
  const timestamp = Math.floor(Date.now() / 1000)
  let next = Infinity
  queues.forEach((queue, index) => {
    const word = REPORTS[index]?.word ?? 'sent'
    for (;;) {
      const item = queue.items[queue.next]
      if (item === undefined || item.dueAt > now) {
        next = Math.min(next, item?.dueAt ?? Infinity)
        break
      }
      queue.next += 1
      const { message, dueAt } = item
      gathered.push({ line: encodeStatus(message, word, timestamp), dueAt, waId: message.waId })
      if (gathered.length >= settings.statusesPerPost) flush()
    }
    if (queue.next > 10_000) {
      queue.items.splice(0, queue.next)
      queue.next = 0
    }
  })
  const [oldest] = gathered
  if (oldest !== undefined) {
    if (now - oldest.dueAt >= GATHER_MS) flush()
    else next = Math.min(next, oldest.dueAt + GATHER_MS)
  }
  if (next < Infinity) wakeAt(Math.max(next, now + 1))
}

function flush(): void {
  const batch = gathered
  gathered = []
  posts += 1
  postedStatuses += batch.length
  const body = encodeWebhook(
    batch.map(({ line }) => line),
    batch[0]?.waId ?? '',
  )
  poster?.post({ body, onAccepted: () => note(batch) })
}

function note(batch: readonly { dueAt: number }[]): void {
  const now = performance.now()
  const { latencies: ofSecond } = second()
  for (const { dueAt } of batch) {
    latencies.push(now - dueAt)
    ofSecond.push(now - dueAt)
  }
  statuses += batch.length
  if (statuses === expected * REPORTS.length)
    say({ kind: 'done', at: performance.timeOrigin + now })
}

function second(): { accepted: number; latencies: number[] } {
  const index = Math.floor((performance.now() - begunAt) / 1000)
  return (bySecond[index] ??= { accepted: 0, latencies: [] })
}

function begin(command: Extract<StandInCommand, { kind: 'begin' }>): void {
  poster ??= createPoster(command.webhookUrls, settings.connections, APP_SECRET)
  repeatedBefore = poster.repeated
  expected = command.orders
  begunAt = performance.now()
  timesAccepted = new Map()
  accepted = acceptedTwice = strange = posts = statuses = postedStatuses = 0
  latencies = []
  bySecond = []
}

function progress(): Progress {
  const now = performance.now()
  const due = queues.reduce((sum, { items, next }) => {
    let index = next
    while ((items[index]?.dueAt ?? Infinity) <= now) index += 1
    return sum + index - next
  }, 0)
  return { accepted, statuses, overdue: due + gathered.length + postedStatuses - statuses }
}

function report(): StandInReport {
  const sorted = Float64Array.from(latencies).sort()
  const seconds = Array.from(bySecond, (entry: (typeof bySecond)[number] | undefined) => ({
    accepted: entry?.accepted ?? 0,
    p99: percentile(Float64Array.from(entry?.latencies ?? []).sort(), 0.99),
  }))
  return {
    ...progress(),
    acceptedTwice,
    strange,
    repeated: (poster?.repeated ?? 0) - repeatedBefore,
    posts,
    latency: {
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      max: sorted.at(-1) ?? Number.NaN,
    },
    seconds,
  }
}

const random = Buffer.alloc(1500)
let used = random.length

/** As long and as random as Meta's. */
function createWamid(): string {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  used += 30
  return `wamid.HBgLMzQ2${random.toString('base64', used - 30, used)}AA`
}

process.on('message', (command: StandInCommand) => {
  if (command.kind === 'begin') begin(command)
  else if (command.kind === 'progress') say({ kind: 'progress', ...progress() })
  else say({ kind: 'report', ...report() })
})
process.on('disconnect', () => process.exit(0))
const port = await listen(handle)
say({ kind: 'ready', url: `http://127.0.0.1:${port}` })
