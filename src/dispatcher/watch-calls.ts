import type { SendResult } from '../cloud-api/send-result.ts'
import type { Sender } from './dispatcher.ts'

/** A sender that remembers whether Meta answered last. */
export interface WatchedSender extends Sender {
  /** Null before the first call. */
  lastCall: { reached: boolean; reason: string | null } | null
}

export function watchCalls(sender: Sender): WatchedSender {
  return {
    lastCall: null,
    async sendMessage(body, options) {
      const result = await sender.sendMessage(body, options)
      this.lastCall = noteOf(result)
      return result
    },
  }
}

function noteOf(result: SendResult): WatchedSender['lastCall'] {
  return result.kind === 'accepted' || result.kind === 'rejected'
    ? { reached: true, reason: null }
    : { reached: false, reason: result.reason }
}
