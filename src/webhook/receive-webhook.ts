import type { Database } from '../db/database.ts'
import { createBatcher } from '../lib/batcher.ts'
import type { Logger } from '../lib/logger.ts'
import { createSparingLog } from '../lib/sparing-log.ts'
import { parseStorable } from '../lib/storable-json.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import { noteInbound } from '../message/pace-store.ts'
import type { TemplateChange } from '../template/merge-templates.ts'
import { applyOrphans, applyWebhooks } from './apply-webhooks.ts'
import type { UnreadableCode, WebhookItem } from './apply-webhooks.ts'
import { closeGates } from './close-gates.ts'
import { matchReplies } from './match-replies.ts'
import { faultWords, parseWebhook } from './parse-webhook.ts'
import type { AppliedStatus } from './plain-statuses.ts'
import type { ParsedWebhook, StatusItem } from './parse-webhook.ts'

/** Webhooks that wait while a batch commits; more are answered 503, and Meta repeats. */
const MAX_WAITING = 20_000
/** Of raw bodies, each up to 3.5 MB; parsed they take several times that. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024
const MAX_BATCH = 500
/**
 * At 1,000 orders a second half of the webhooks have their 200 after 8 ms, and PostgreSQL takes a tenth less than with
 * 2 ms; with 8 ms they wait for 13, and a drain, whose sockets are few, is a seventh slower.
 */
const LINGER_MS = 4
const ORPHAN_SWEEP_MS = 500
/** Every 120th sweep looks at all orphans, not only at the last minute's. */
const FULL_SWEEP_EVERY = 120
/** Answers are few: every 8th looks at all that Meta may still repeat. */
const FULL_REPLIES_EVERY = 8
const FRESH_SECONDS = 60
const DAY_SECONDS = 24 * 60 * 60

export interface WebhookReceiver extends Worker {
  /**
   * Resolves once the body, and all that it says, is committed.
   *
   * @param raw the bytes as received; the signature has been verified
   * @throws when they cannot be made durable: answer 503
   */
  receive(raw: Buffer): Promise<void>
}

/** A status that is committed and said something new. */
export interface ReceivedStatus extends AppliedStatus {
  /** Unix time in ms; null: it came earlier, and its message became known only now. */
  receivedAt: number | null
}

interface Received {
  items: WebhookItem[]
  receivedAt: number
}

/** Takes verified webhook bodies, commits them in batches, and applies what came too early. */
export function createWebhookReceiver(options: {
  database: Database
  logger: Logger
  createId: () => string
  /** How long an answer whose message is unknown is looked at again. */
  orphanDays: number
  /** Messages may have changed, or answers come. */
  onChange?: () => void
  /** Who looks on: every status that said something new, once it is committed. */
  onStatuses?: (statuses: readonly ReceivedStatus[]) => void
  /** A number or a template is held from now on. */
  onGateClosed?: () => void
  /** Templates may have changed. */
  onTemplates: (changes: readonly TemplateChange[]) => void
  /** Sends per second of a number, which what comes in counts against; 0 = no limit. */
  ratePerSecond: number
  /** False while everybody who could send the next webhook waits for an answer to the last one. */
  mayMoreCome?: () => boolean
}): WebhookReceiver {
  const { database, logger, createId } = options
  const batcher = createBatcher<Received, undefined>({
    maxItems: MAX_BATCH,
    lingerMs: LINGER_MS,
    ...(options.mayMoreCome !== undefined && { mayMoreCome: options.mayMoreCome }),
    run: async (bodies) => {
      const started = performance.now()
      const items = bodies.flatMap((body) => body.items)
      const { templateChanges, news, detour, ...report } = await applyWebhooks(
        database,
        items,
        createId,
      )
      if (detour !== undefined) logger.warn({ err: detour }, 'WhatsApp webhook.took_long_way')
      options.onStatuses?.(withReceipt(news, bodies))
      await holdWhatWouldFail(news)
      for (const id of report.twice) {
        logger.error({ message_id: id }, 'WhatsApp message.sent_twice')
      }
      if (report.templates > 0) options.onTemplates(templateChanges)
      await noteReplies(items)
      logger.debug(
        { ...report, bodies: bodies.length, duration_ms: Math.round(performance.now() - started) },
        'WhatsApp webhook.applied',
      )
      if (report.optedOut + report.followed > 0) {
        const { optedOut: opted_out, followed } = report
        logger.info({ opted_out, followed }, 'WhatsApp supplier.heeded')
      }
      for (const item of items) {
        // Without the words: those of a reader of JSON quote what they could not read.
        if (item.kind === 'unreadable') {
          logger.warn({ code: item.code }, 'WhatsApp webhook.item_skipped')
        }
      }
      if (report.skipped > 0) logger.warn(report, 'WhatsApp webhook.item_skipped')
      if (items.some(({ kind }) => kind === 'inbound')) sweep.wake()
      options.onChange?.()
      return bodies.map(() => undefined)
    },
  })

  const itemsOf = (raw: Buffer): WebhookItem[] => {
    const body: WebhookItem = { kind: 'body', raw }
    const value = parse(raw)
    if (!value.ok)
      return [body, { kind: 'unreadable', raw, code: value.code, detail: value.detail }]
    const parsed = parseWebhook(value.value)
    for (const field of parsed.others) logger.info({ field }, 'WhatsApp webhook.kept_unread')
    return [
      body,
      ...faultsOf(parsed, raw),
      ...parsed.statuses.map((status): WebhookItem => ({ kind: 'status', status })),
      ...parsed.inbound.map((inbound): WebhookItem => ({ kind: 'inbound', inbound })),
      ...parsed.templates.map((template): WebhookItem => ({ kind: 'template', template })),
    ]
  }

  /** A body that no reader survives, such as one nested too deep, is stored and skipped. */
  const readItems = (raw: Buffer): WebhookItem[] => {
    try {
      return itemsOf(raw)
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'it cannot be read'
      return [
        { kind: 'body', raw },
        { kind: 'unreadable', raw, code: 'invalid_json', detail },
      ]
    }
  }

  const holdWhatWouldFail = async (news: readonly AppliedStatus[]): Promise<void> => {
    try {
      if (await closeGates(database, news, logger)) options.onGateClosed?.()
    } catch (error) {
      // The webhook is committed; the next failure says the same.
      logger.warn({ err: error }, 'WhatsApp gate.not_closed')
    }
  }

  let waitingBytes = 0
  const sparingly = createSparingLog()
  /** Meta counts both ways together (reference, section 6). */
  const noteReplies = async (items: readonly WebhookItem[]): Promise<void> => {
    if (options.ratePerSecond === 0) return
    for (const [phoneNumberId, count] of countInbound(items)) {
      try {
        await noteInbound(database, phoneNumberId, options.ratePerSecond, count)
      } catch (error) {
        // The webhook is committed; a send too many is refused and comes again.
        logger.warn({ err: error }, 'WhatsApp webhook.inbound_not_counted')
      }
    }
  }

  let sweeps = 0
  const sweep = createLoop({
    name: 'orphan-sweep',
    intervalMs: ORPHAN_SWEEP_MS,
    turn: async () => {
      const { applied, news, twice } = await applyOrphans(database, sweeps % FULL_SWEEP_EVERY === 0)
      options.onStatuses?.(news.map((status) => ({ ...status, receivedAt: null })))
      await holdWhatWouldFail(news)
      const isFull = sweeps % FULL_REPLIES_EVERY === 0
      const seconds = isFull ? options.orphanDays * DAY_SECONDS : FRESH_SECONDS
      const replies = await matchReplies(database, seconds)
      sweeps += 1
      if (applied > 0) logger.info({ applied }, 'WhatsApp orphan.applied')
      for (const id of twice) logger.error({ message_id: id }, 'WhatsApp message.sent_twice')
      if (replies.linked > 0) logger.info(replies, 'WhatsApp reply.linked')
      // Nobody but its recipient answers a message: forwarded, or an attempt at something.
      if (replies.foreign > 0) logger.warn(replies, 'WhatsApp reply.foreign')
      if (applied + replies.linked > 0) options.onChange?.()
    },
    onError: (error) => {
      sparingly((left_out) => {
        logger.warn({ err: error, left_out }, 'WhatsApp orphan.sweep_failed')
      })
    },
  })

  return {
    name: 'webhook',
    start: () => {
      sweep.start()
    },
    async stop() {
      await batcher.drained()
      await sweep.stop()
    },
    async receive(raw) {
      if (batcher.size >= MAX_WAITING || waitingBytes >= MAX_WAITING_BYTES) {
        throw new Error('too many webhooks are waiting')
      }
      waitingBytes += raw.length
      try {
        await batcher.add({ items: readItems(raw), receivedAt: Date.now() })
      } finally {
        waitingBytes -= raw.length
      }
    },
  }
}

/** Folded statuses are still the objects that were read. */
function withReceipt(
  news: readonly AppliedStatus[],
  bodies: readonly Received[],
): ReceivedStatus[] {
  const times = new Map<StatusItem, number>()
  for (const { items, receivedAt } of bodies) {
    for (const item of items) if (item.kind === 'status') times.set(item.status, receivedAt)
  }
  return news.map((status) => ({ ...status, receivedAt: times.get(status.item) ?? null }))
}

/** What is understood of such a body counts all the same. */
function faultsOf({ faults }: ParsedWebhook, raw: Buffer): WebhookItem[] {
  if (faults.length === 0) return []
  return [{ kind: 'unreadable', raw, code: 'validation_failed', detail: faultWords(faults) }]
}

function countInbound(items: readonly WebhookItem[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) {
    const number = item.kind === 'inbound' ? item.inbound.phoneNumberId : null
    if (number !== null) counts.set(number, (counts.get(number) ?? 0) + 1)
  }
  return counts
}

type Parsed = { ok: true; value: object } | { ok: false; code: UnreadableCode; detail: string }

/** Every webhook of Meta's is an object: anything else, such as a list of events, would be lost unseen. */
function parse(raw: Buffer): Parsed {
  let value: unknown
  try {
    value = parseStorable(raw.toString('utf8'))
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'not JSON'
    return { ok: false, code: 'invalid_json', detail }
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { ok: true, value }
  }
  const detail = `a webhook is a JSON object, and this is ${kindOf(value)}`
  return { ok: false, code: 'validation_failed', detail }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
