export interface Ack {
  deliveryTag: number
  /** All unacknowledged ones up to this tag. */
  multiple: boolean
}

export interface AckWindow {
  /** Tags of one channel grow. */
  delivered(tag: number): void
  answered(tag: number): void
  /** What may be acknowledged now; each tag is given out once. */
  take(): Ack[]
}

/**
 * Which deliveries of a channel may be acknowledged. Answered ones at the front go in one frame, those
 * behind an unanswered one each alone, so that one slow event holds back no acknowledgement.
 *
 * The tag of a `multiple` is always one that was not acknowledged before: the broker looks for it and,
 * where it is gone, takes everything behind it too.
 */
export function createAckWindow(): AckWindow {
  /** Unacknowledged tags in the order of their growth, and whether they are answered. */
  const open = new Map<number, boolean>()
  let answeredCount = 0
  return {
    delivered(tag) {
      open.set(tag, false)
    },
    answered(tag) {
      if (open.get(tag) !== false) return
      open.set(tag, true)
      answeredCount += 1
    },
    take() {
      if (answeredCount === 0) return []
      const front: number[] = []
      const behind: number[] = []
      let isFront = true
      for (const [tag, isAnswered] of open) {
        if (!isAnswered) isFront = false
        else if (isFront) front.push(tag)
        else behind.push(tag)
        if (front.length + behind.length === answeredCount) break
      }
      for (const tag of [...front, ...behind]) open.delete(tag)
      answeredCount = 0
      const last = front.at(-1)
      return [
        ...(last === undefined ? [] : [{ deliveryTag: last, multiple: front.length > 1 }]),
        ...behind.map((deliveryTag) => ({ deliveryTag, multiple: false })),
      ]
    },
  }
}
