import { setTimeout as sleep } from 'node:timers/promises'
import { CliError, EXIT } from '../cli-error.ts'
import type { Answer, ServiceClient } from '../client.ts'
import { expectOk } from '../client.ts'
import { objectsAt, textAt } from '../json-object.ts'
import type { BadLine } from './bulk-file.ts'
import type { PlannedBatch } from './plan-batches.ts'

export interface BatchSettings {
  /** Of all batches together; null = the number's own limit. */
  ratePerSecond: number | null
  /** Above 0, up to 1; each batch watches its own. */
  stopWhenFailedShare: number | null
}

export interface QueuedBatch {
  id: string
  accepted: number
  rejected: BadLine[]
  /** The service had it from an earlier run, and made nothing new. */
  wasKnown: boolean
  /** As it came. */
  answer: string
}

const PATH = '/api/v1/whatsapp/messages/bulk'
/** 16 MB of messages are judged one by one, perhaps on a small machine. */
const ANSWER_WITHIN_MS = 10 * 60_000
const BUSY = new Set(['rate_limited', 'unavailable', 'idempotency_in_progress'])
const MAX_TRIES = 60
const DEFAULT_WAIT_SECONDS = 1
const MAX_WAIT_SECONDS = 10

/**
 * Queues one batch. A service that is busy, or still at work with the same batch of a run that died, is
 * asked again: the key makes repetition harmless.
 *
 * @param count how many batches share the rate
 * @throws CliError for a refusal of the whole batch
 */
export async function queueBatch(
  client: ServiceClient,
  batch: PlannedBatch,
  settings: BatchSettings,
  count: number,
): Promise<QueuedBatch> {
  const { ratePerSecond, stopWhenFailedShare } = settings
  const request = {
    body: batch.body,
    headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': batch.key },
    query: {
      rate_per_second: ratePerSecond === null ? undefined : String(ratePerSecond / count),
      stop_when_failed_share:
        stopWhenFailedShare === null ? undefined : String(stopWhenFailedShare),
    },
    repeatable: true,
    timeoutMs: ANSWER_WITHIN_MS,
  }
  for (let tries = 1; ; tries += 1) {
    const answer = await client.call('POST', PATH, request)
    if (!answer.ok && BUSY.has(textAt(answer.problem, 'code') ?? '') && tries < MAX_TRIES) {
      const seconds = answer.retryAfterSeconds ?? DEFAULT_WAIT_SECONDS
      await sleep(Math.min(seconds, MAX_WAIT_SECONDS) * 1000)
      continue
    }
    return readQueued(answer, batch)
  }
}

function readQueued(answer: Answer, batch: PlannedBatch): QueuedBatch {
  if (!answer.ok && textAt(answer.problem, 'code') === 'idempotency_mismatch') {
    throw new CliError(
      EXIT.failed,
      'idempotency_mismatch',
      'These messages were queued before with another --rate-per-second or --stop-when-failed-share, and ' +
        'nothing was queued now. Give the same as then to see what became of them, or send them once more ' +
        'with --again and a word of your choice.',
    )
  }
  const { body, text, wasReplayed } = expectOk(answer)
  return {
    id: textAt(body, 'batch_id') ?? '',
    accepted: Number(textAt(body, 'accepted') ?? '0'),
    rejected: objectsAt(body, 'rejected').map((rejection) => ({
      ...placeOf(batch, Number(textAt(rejection, 'index') ?? '-1')),
      code: textAt(rejection, 'code') ?? 'rejected',
      detail: textAt(rejection, 'detail') ?? '',
    })),
    wasKnown: wasReplayed,
    answer: text,
  }
}

function placeOf(batch: PlannedBatch, index: number): Pick<BadLine, 'line' | 'place' | 'source'> {
  const { line = 0, place = '', source = '' } = batch.lines[index] ?? {}
  return { line, place, source }
}
