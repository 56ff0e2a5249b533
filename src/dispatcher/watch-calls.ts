import type { CloudApiClient } from '../cloud-api/client.ts'
import type { SendResult } from '../cloud-api/send-result.ts'
import type { Sender } from './dispatcher.ts'

/** A sender that remembers whether Meta answered last. */
export interface WatchedSender extends Sender {
  /** Null before the first call. */
  lastCall: { reached: boolean; reason: string | null } | null
}

export function watchCalls(
  client: Pick<CloudApiClient, 'sendMessage' | 'getPhoneNumber'>,
): WatchedSender {
  return {
    lastCall: null,
    async sendMessage(body, options) {
      const result = await client.sendMessage(body, options)
      this.lastCall = noteOf(result)
      return result
    },
    async canReach() {
      const { kind } = await client.getPhoneNumber(['id'])
      return kind !== 'unreachable'
    },
  }
}

function noteOf(result: SendResult): WatchedSender['lastCall'] {
  return result.kind === 'accepted' || result.kind === 'rejected'
    ? { reached: true, reason: null }
    : { reached: false, reason: result.reason }
}
