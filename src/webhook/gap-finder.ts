import { UNNAMED_ERROR } from '../cloud-api/error-catalogue.ts'
import type { HistoryResult } from '../cloud-api/read-history.ts'
import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { inSteps } from '../lib/in-steps.ts'
import { createSparingLog } from '../lib/sparing-log.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import { applyInRows } from './apply-webhooks.ts'
import type { WebhookItem } from './apply-webhooks.ts'
import * as store from './gap-store.ts'
import type { Gap, GapAnswer } from './gap-store.ts'

/** Questions to Meta a turn: at most 20 a minute, well inside the quota of 5,000 an hour. */
const ASK_AT_ONCE = 20
const MIN_PAUSE_MS = 1000
const MAX_PAUSE_MS = 60_000
const FORGET_EVERY = 60

export interface GapFinder extends Worker {
  /** A webhook came with a wrong signature. */
  noteRefusal(): void
}

/**
 * Looks for what webhooks left out, in any number of processes: messages without any status after
 * `gapSeconds`, of which Meta's `message_history` is asked, and messages that were not delivered within
 * Meta's time to live, after which Meta drops them without a word (reference, section 2.7). What Meta
 * says of a known wamid is applied as a status; a send in doubt has none, and is never asked about.
 */
export function createGapFinder(options: {
  database: Database
  logger: Logger
  createId: () => string
  /** null: nothing is asked. */
  askHistory: ((wamid: string) => Promise<HistoryResult>) | null
  gapSeconds: number
  undeliveredSeconds: number
  /** Messages may have changed. */
  onChange: () => void
}): GapFinder {
  const { database, logger, createId, askHistory } = options
  const sparingly = createSparingLog()
  let refused = 0
  let refusedAt = 0
  let turns = 0

  const look = async (
    kind: store.GapKind,
    ageSeconds: number,
    isStopping: () => boolean,
  ): Promise<number> => {
    let count = 0
    await inSteps(async () => {
      const { found, more } = await store.findGaps(database, kind, ageSeconds, createId)
      count += found.length
      return more
    }, isStopping)
    return count
  }

  const ask = async (): Promise<void> => {
    if (askHistory === null) return
    const answers = new Map<GapAnswer, string[]>()
    const items: WebhookItem[] = []
    for (const gap of await store.takeGapsToAsk(database, ASK_AT_ONCE)) {
      const result = await askHistory(gap.wamid)
      if (result.kind === 'ok') items.push(...toItems(gap, result.events))
      const answer = answerOf(result)
      answers.set(answer, [...(answers.get(answer) ?? []), gap.message_id])
    }
    // In rows: the live stream finds what the short way wrote by the body that it came in, and history has none.
    if (items.length > 0) await applyInRows(database, items, createId)
    for (const [answer, ids] of answers) await store.noteAnswer(database, ids, answer)
  }

  const flushRefusals = async (): Promise<void> => {
    const count = refused
    if (count === 0) return
    await store.addRefusals(database, count, performance.now() - refusedAt)
    refused -= count
  }

  const turn = async (isStopping: () => boolean): Promise<void> => {
    await flushRefusals()
    const noStatus = await look('no_status', options.gapSeconds, isStopping)
    const undelivered = await look('undelivered', options.undeliveredSeconds, isStopping)
    await ask()
    const closed = await store.closeGaps(database)
    if (turns % FORGET_EVERY === 0) await store.forgetOldGaps(database)
    turns += 1
    if (noStatus + undelivered > 0) {
      logger.warn({ no_status: noStatus, undelivered, closed }, 'WhatsApp webhook.gap_found')
    }
    if (undelivered + closed > 0) options.onChange()
  }

  const loop = createLoop({
    name: 'gap-finder',
    intervalMs: Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, (options.gapSeconds * 1000) / 4)),
    turn,
    onError: (error) => {
      sparingly((left_out) => {
        logger.warn({ err: error, left_out }, 'WhatsApp webhook.gaps_failed')
      })
    },
  })
  return {
    name: loop.name,
    start: loop.start,
    async stop() {
      await loop.stop()
      await flushRefusals().catch((error: unknown) => {
        logger.warn({ err: error }, 'WhatsApp webhook.refusals_not_counted')
      })
    },
    noteRefusal() {
      refused += 1
      refusedAt = performance.now()
    },
  }
}

function answerOf(result: HistoryResult): GapAnswer {
  if (result.kind === 'ok') return result.events.length > 0 ? 'statuses' : 'nothing'
  return result.kind === 'rejected' ? 'refused' : 'unreachable'
}

/** Without a business number: history is no sign that webhooks flow, and must not raise the watermark. */
function toItems(
  { wamid }: Gap,
  events: Extract<HistoryResult, { kind: 'ok' }>['events'],
): WebhookItem[] {
  return events.map(({ status, timestamp, error }) => ({
    kind: 'status',
    status: {
      wamid,
      status,
      metaAt: timestamp === null ? null : new Date(Number(timestamp) * 1000).toISOString(),
      phoneNumberId: null,
      recipientId: null,
      recipientUserId: null,
      callbackData: null,
      pricing: null,
      error:
        status === 'failed'
          ? {
              code: /^\d{1,7}$/.test(error ?? '') ? (error ?? '') : UNNAMED_ERROR,
              title: error ?? 'no title',
              detail: null,
            }
          : null,
      detail: { source: 'message_history', ...(error !== null && { error_description: error }) },
    },
  }))
}
