import { setTimeout as sleep } from 'node:timers/promises'
import { expectOk } from './client.ts'
import type { Answer, ServiceClient } from './client.ts'
import { textAt } from './json-object.ts'
import type { JsonObject } from './json-object.ts'

type Found = Extract<Answer, { ok: true }>

const LOOK_MS = 250
/** Many never say that they have read: after a delivery it is waited for so long and no longer. */
const READ_MS = 2000

/**
 * Looks at a message until nothing more is to be expected of it, or time is up.
 *
 * @param patienceMs how long at most; 0 = one look
 * @param onChange called with the message whenever its state is another one
 * @returns the last look
 */
export async function followMessage(
  client: ServiceClient,
  id: string,
  patienceMs: number,
  onChange: (message: JsonObject) => void,
): Promise<Found> {
  const path = `/api/v1/whatsapp/messages/${encodeURIComponent(id)}`
  let until = performance.now() + patienceMs
  let state: string | null = null
  for (;;) {
    const found = expectOk(await client.call('GET', path))
    const now = textAt(found.body, 'state')
    if (now !== state) {
      onChange(found.body)
      if (now === 'delivered') until = Math.min(until, performance.now() + READ_MS)
    }
    state = now
    if (isSettled(found.body) || performance.now() >= until) return found
    await sleep(LOOK_MS)
  }
}

/** Only a person, or nobody, moves it any further. */
function isSettled(message: JsonObject): boolean {
  const status = textAt(message, 'status')
  return status === 'READ' || status === 'FAILED' || textAt(message, 'state') === 'unconfirmed'
}
