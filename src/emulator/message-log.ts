/** A message Meta took: the proof of what was sent, and how often. */
export interface AcceptedMessage {
  wamid: string
  /** As sent in `to` (or `recipient`). */
  input: string
  /** Null where a business-scoped user id was addressed. */
  waId: string | null
  userId: string
  type: string
  templateName: string | null
  language: string | null
  /** Lower-case price category: `utility`, `service` … */
  category: string
  /** Among the first 1,000 service messages (reference, section 7.1). */
  free: boolean
  callbackData: string | null
  acceptedAtMs: number
  /** The behaviour it met. */
  behaviour: string
  statuses: StatusEntry[]
  /** How many replies quote it so far. */
  replies: number
  /** The request as received; null once 10,000 newer ones came. */
  body: string | null
}

export interface StatusEntry {
  status: string
  atMs: number
  errorCode: number | null
}

/** The last `limit` accepted messages, found by wamid and counted by callback data. */
export interface MessageLog {
  add(message: AcceptedMessage): void
  find(wamid: string): AcceptedMessage | undefined
  /** Oldest first. */
  list(): AcceptedMessage[]
  /** Accepted since the start or the last reset, the forgotten ones included. */
  readonly total: number
  readonly size: number
  /** How often each callback data was accepted. */
  counts(): ReadonlyMap<string, number>
  clear(): void
}

/** A body is some hundred bytes: beyond this many only the facts are kept. */
const BODIES = 10_000

export function createMessageLog(limit: number): MessageLog {
  // A ring: the place of the next message is `total % limit`.
  let ring: AcceptedMessage[] = []
  let total = 0
  const byWamid = new Map<string, AcceptedMessage>()
  const byCallback = new Map<string, number>()

  const forget = (message: AcceptedMessage): void => {
    byWamid.delete(message.wamid)
    if (message.callbackData === null) return
    const left = (byCallback.get(message.callbackData) ?? 1) - 1
    if (left === 0) byCallback.delete(message.callbackData)
    else byCallback.set(message.callbackData, left)
  }

  return {
    add(message) {
      const place = total % limit
      const oldest = ring[place]
      if (oldest !== undefined) forget(oldest)
      ring[place] = message
      const aged = ring[(place - BODIES + limit) % limit]
      if (limit > BODIES && aged !== undefined) aged.body = null
      total += 1
      byWamid.set(message.wamid, message)
      if (message.callbackData !== null) {
        byCallback.set(message.callbackData, (byCallback.get(message.callbackData) ?? 0) + 1)
      }
    },
    find: (wamid) => byWamid.get(wamid),
    list() {
      if (total <= limit) return [...ring]
      const place = total % limit
      return [...ring.slice(place), ...ring.slice(0, place)]
    },
    get total() {
      return total
    },
    get size() {
      return ring.length
    },
    counts: () => byCallback,
    clear() {
      ring = []
      total = 0
      byWamid.clear()
      byCallback.clear()
    },
  }
}
