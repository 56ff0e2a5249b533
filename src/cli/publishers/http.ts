import { expectOk } from '../client.ts'
import type { Answer, ServiceClient } from '../client.ts'
import { textAt } from '../json-object.ts'
import type { Publisher, PublishResult } from './publisher.ts'

const MAX_TRIES = 5
const DEFAULT_WAIT_SECONDS = 1
const MAX_WAIT_SECONDS = 10

/**
 * Publishes over `POST /api/v1/events`; accepted means committed. A service that is busy or away from
 * its database (429, 503) is asked again a few times, as it says itself.
 */
export function createHttpPublisher(
  client: ServiceClient,
  wait: (seconds: number) => Promise<void>,
): Publisher {
  return {
    async publish(json) {
      for (let tries = 1; ; tries += 1) {
        const answer = await client.call('POST', '/api/v1/events', { body: json, repeatable: true })
        if (answer.ok || (answer.status !== 429 && answer.status !== 503)) return readResult(answer)
        if (tries === MAX_TRIES) expectOk(answer)
        await wait(Math.min(answer.retryAfterSeconds ?? DEFAULT_WAIT_SECONDS, MAX_WAIT_SECONDS))
      }
    },
    close: () => client.close(),
  }
}

function readResult(answer: Answer): PublishResult {
  if (!answer.ok) {
    const isConflict = textAt(answer.problem, 'code') === 'conflict'
    return { kind: isConflict ? 'conflict' : 'refused', answer: answer.text }
  }
  return {
    kind: answer.body['duplicate'] === true ? 'duplicate' : 'accepted',
    messageId: textAt(answer.body, 'message_id'),
    status: textAt(answer.body, 'status'),
    answer: answer.text,
  }
}
