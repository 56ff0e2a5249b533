import type { Random } from '../../src/emulator/random.ts'

/** One element of `statuses[]`, as Meta sends it. */
export interface MetaStatus {
  id: string
  status: string
  timestamp: string
  recipient_id: string
  biz_opaque_callback_data?: string
  errors?: { code: number; title: string }[]
}

export interface PlannedWebhook {
  afterMs: number
  statuses: MetaStatus[]
}

const HOUR_MS = 3_600_000
const WORDS = [
  ['sent', 'delivered', 'read'],
  ['sent', 'delivered'],
  ['sent'],
  ['sent', 'read'],
  ['sent', 'failed'],
  ['failed'],
  ['sent', 'delivered', 'failed'],
  ['sent', 'failed', 'delivered'],
  ['sent', 'delivered', 'read', 'played', 'something_new'],
  [],
] as const

/** What Meta will say of a message that it took: late, early, twice, together, or not at all. */
export function planStatuses(
  random: Random,
  wamid: string,
  callbackData: string,
  nowMs: number,
): PlannedWebhook[] {
  const words = WORDS[random.int(WORDS.length)] ?? []
  // Now and then Meta leaves our data out of a status, or of all.
  const isNamed = random.int(12) > 0
  let afterMs = 0
  const planned = words.flatMap((status): PlannedWebhook[] => {
    afterMs += random.int(4000)
    const named = isNamed && (status !== 'failed' || random.int(4) > 0)
    const one: MetaStatus = {
      id: wamid,
      status,
      timestamp: String(Math.floor((nowMs + afterMs) / 1000)),
      recipient_id: '34600',
      ...(named && { biz_opaque_callback_data: callbackData }),
      ...(status === 'failed' && { errors: [{ code: 131026, title: 'Undeliverable' }] }),
    }
    const delays = [random.int(20) === 0 ? random.int(5 * HOUR_MS) : afterMs]
    if (random.int(8) === 0) delays.push(afterMs + random.int(HOUR_MS))
    if (random.int(25) === 0) return []
    return delays.map((delay) => ({ afterMs: delay, statuses: [one] }))
  })
  if (planned.length > 1 && random.int(4) === 0) {
    const statuses = random.shuffle(planned.flatMap((webhook) => webhook.statuses))
    return [{ afterMs: planned[0]?.afterMs ?? 0, statuses }]
  }
  return planned
}
