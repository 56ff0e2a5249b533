/** Who wrote to the business, and when: the service windows, and the messages that can be marked read. */
export interface Conversations {
  inbound(wamid: string, waId: string, nowMs: number): void
  /** Whether the user's last message is less than 24 h old (reference, section 6). */
  isOpen(recipient: string, nowMs: number): boolean
  open(recipient: string, nowMs: number): void
  knows(wamid: string): boolean
  readonly readCount: number
  markRead(): void
  /** Service messages of this run: the first 1,000 a month are free (reference, section 7.1). */
  countService(): number
  clear(): void
}

const WINDOW_MS = 24 * 60 * 60 * 1000
const USERS = 100_000
const MESSAGES = 100_000

export function createConversations(): Conversations {
  const lastInbound = new Map<string, number>()
  const messages = new Set<string>()
  let readCount = 0
  let service = 0

  const open = (recipient: string, nowMs: number): void => {
    // Deleted first, so that the order of the map is the order of the last message.
    lastInbound.delete(recipient)
    lastInbound.set(recipient, nowMs)
    if (lastInbound.size > USERS) forgetHalf(lastInbound)
  }
  return {
    inbound(wamid, waId, nowMs) {
      messages.add(wamid)
      if (messages.size > MESSAGES) forgetHalf(messages)
      open(waId, nowMs)
    },
    isOpen(recipient, nowMs) {
      const at = lastInbound.get(recipient)
      return at !== undefined && nowMs - at < WINDOW_MS
    },
    open,
    knows: (wamid) => messages.has(wamid),
    get readCount() {
      return readCount
    },
    markRead() {
      readCount += 1
    },
    countService() {
      service += 1
      return service
    },
    clear() {
      lastInbound.clear()
      messages.clear()
      readCount = 0
      service = 0
    },
  }
}

/** Half at once: one by one would walk over the holes of all that went before. */
function forgetHalf(collection: Map<string, unknown> | Set<string>): void {
  let left = Math.floor(collection.size / 2)
  for (const key of collection.keys()) {
    if (left === 0) return
    collection.delete(key)
    left -= 1
  }
}
