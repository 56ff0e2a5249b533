import { setTimeout as sleep } from 'node:timers/promises'
import { CliError } from '../cli-error.ts'
import { expectOk } from '../client.ts'
import type { ServiceClient } from '../client.ts'
import { objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { addUp, isSettled } from './batch-counts.ts'
import type { Progress } from './batch-counts.ts'

export interface FoundBatch {
  body: JsonObject
  /** As it came. */
  text: string
}

const LOOK_MS = 500
/** A service that is being restarted is waited for. */
const AWAY_MS = 60_000
/** After so long without a change somebody will ask why. */
const STILL_MS = 10_000

export const batchPath = (id: string): string =>
  `/api/v1/whatsapp/batches/${encodeURIComponent(id)}`

/**
 * Looks at batches until nothing more is to be expected of any, or the person has seen enough.
 *
 * @param options.deliveryMs how long what was sent is waited for, once nothing is left to send
 * @param options.stopped resolves when the person has seen enough; the batches go on
 * @param options.onLook called after each look
 * @param options.onStill called when nothing has changed for a while, with the reason why a message is held
 * @returns the last look, and whether it was ended by the person
 * @throws CliError where a batch is not there, or the service has been away for too long
 */
export async function followBatches(
  client: ServiceClient,
  ids: readonly string[],
  options: {
    deliveryMs: number
    stopped: Promise<void>
    onLook: (progress: Progress) => void
    onStill: (message: JsonObject) => void
  },
): Promise<{ batches: FoundBatch[]; wasStopped: boolean }> {
  const clock = createClock()
  let last: { batches: FoundBatch[]; progress: Progress } | undefined
  const signal = { stopped: false }
  const stopped = options.stopped.then(() => {
    signal.stopped = true
  })
  let awaySince: number | undefined
  for (;;) {
    try {
      const batches = await lookAll(client, ids, last?.batches ?? [])
      const progress = addUp(batches.map(({ body }) => body))
      clock.note(progress)
      awaySince = undefined
      last = { batches, progress }
      options.onLook(progress)
      const isOver = progress.isFinished && clock.sinceFinished() >= options.deliveryMs
      if (isSettled(progress) || isOver) return { batches, wasStopped: false }
      if (clock.isStill() && progress.counts.PENDING > 0) {
        const held = await findHeld(client, ids)
        if (held !== undefined) options.onStill(held)
      }
    } catch (error) {
      awaySince ??= performance.now()
      if (!isAway(error) || performance.now() - awaySince > AWAY_MS) throw error
    }
    await Promise.race([sleep(LOOK_MS), stopped])
    if (signal.stopped) return { batches: last?.batches ?? [], wasStopped: true }
  }
}

/** Those whose every message is settled are not asked again. */
async function lookAll(
  client: ServiceClient,
  ids: readonly string[],
  before: readonly FoundBatch[],
): Promise<FoundBatch[]> {
  const batches: FoundBatch[] = []
  for (const [index, id] of ids.entries()) {
    const known = before[index]
    if (known !== undefined && isSettled(addUp([known.body]))) batches.push(known)
    else batches.push(expectOk(await client.call('GET', batchPath(id))))
  }
  return batches
}

/** One of the messages that wait for a reason of their own. */
async function findHeld(
  client: ServiceClient,
  ids: readonly string[],
): Promise<JsonObject | undefined> {
  for (const id of ids) {
    const query = { batch_id: id, state: 'held', limit: '1' }
    const { body } = expectOk(await client.call('GET', '/api/v1/whatsapp/messages', { query }))
    const [message] = objectsAt(body, 'data')
    if (message !== undefined) return message
  }
  return undefined
}

function isAway(error: unknown): boolean {
  if (!(error instanceof CliError)) return false
  const code = textAt(JSON.parse(error.problem) as JsonObject, 'code')
  return code === 'unavailable' || code === 'rate_limited'
}

/** When something changed last, and when the last batch came to its end. */
function createClock() {
  let seen = ''
  let changedAt = performance.now()
  let finishedAt: number | undefined
  return {
    note({ counts, isFinished }: Progress): void {
      const now = JSON.stringify(counts)
      if (now !== seen) changedAt = performance.now()
      seen = now
      if (isFinished) finishedAt ??= performance.now()
      else finishedAt = undefined
    },
    sinceFinished: () => (finishedAt === undefined ? 0 : performance.now() - finishedAt),
    /** Once for each stretch without a change, and again after as long. */
    isStill(): boolean {
      if (performance.now() - changedAt < STILL_MS) return false
      changedAt = performance.now()
      return true
    },
  }
}
