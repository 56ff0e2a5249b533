import type { FastifyInstance } from 'fastify'
import { AppError } from '../lib/errors.ts'
import { READERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import type { ChangeFeed, FeedEvent } from './change-feed.ts'
import { createProblem } from './problem.ts'
import type { Problem } from './problem.ts'

const MAX_STREAMS = 200
/** As many as are kept for those who come back: whoever is further behind is cut off and asks again. */
const MAX_BEHIND = 20_000
/** As often as the heartbeat: one look a key, as `ApiKeys` remembers it for all its streams. */
const KEY_CHECK_MS = 15_000

/** `GET /api/v1/whatsapp/messages/events`: each change of a message as it happens. */
export function registerLiveRoutes(
  app: FastifyInstance,
  options: { authenticate: Authenticate; feed: ChangeFeed },
): void {
  const streams = new Set<() => void>()
  app.addHook('preClose', (done) => {
    for (const close of streams) close()
    done()
  })
  app.get(
    '/api/v1/whatsapp/messages/events',
    {
      sse: { kind: 'only', serializer: (data: string) => data },
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, READERS)
      },
      // The plug-in refuses in words of its own.
      onSend: (request, reply, payload, done) => {
        if (reply.statusCode === 406) {
          void reply.type('application/problem+json')
          done(null, JSON.stringify({ ...refusal(request.id), status: 406 }))
        } else done(null, payload)
      },
      schema: {
        summary: 'Changes of messages as server-sent events',
        description:
          'Event `message`; resumable by Last-Event-ID over the last ten minutes. An event from shortly before it may come twice. Where ' +
          'very much was missed, the stream ends after a part of it: resume it once more, and it goes on from there. It ends within 20 ' +
          'seconds when its key is revoked or expires.',
        tags: ['messages'],
      },
    },
    async (request, reply) => {
      if (streams.size >= MAX_STREAMS)
        throw new AppError('rate_limited', 'Too many streams are open.')
      const tenantId = request.caller?.tenantId ?? null
      const { sse } = reply
      let behind = 0
      let unsubscribe = (): void => undefined
      const close = (): void => {
        unsubscribe()
        streams.delete(close)
        sse.close()
      }
      // One at a time, in order; a reader that went away is no error.
      let tail: Promise<unknown> = Promise.resolve()
      const send = ({ id, tenantId: owner, json }: FeedEvent): void => {
        if (tenantId !== null && owner !== tenantId) return
        if (behind >= MAX_BEHIND) {
          close()
          return
        }
        behind += 1
        tail = tail
          .then(() =>
            sse.isConnected ? sse.send({ id, event: 'message', data: json }) : undefined,
          )
          .catch(() => undefined)
          .finally(() => (behind -= 1))
      }
      sse.keepAlive()
      streams.add(close)
      sse.onClose(close)
      const lastEventId = request.headers['last-event-id']
      // Before the headers: who has them misses nothing from then on.
      const subscription = await options.feed.subscribe(
        send,
        typeof lastEventId === 'string' ? lastEventId : null,
      )
      unsubscribe = subscription.end
      if (!sse.isConnected) {
        unsubscribe()
        throw new AppError('unavailable', 'The stream was closed before it began; ask again.')
      }
      sse.sendHeaders()
      // Else the client hears nothing until the first change or the first heartbeat.
      reply.raw.flushHeaders()
      const keyCheck = setInterval(() => {
        options.authenticate(request, READERS).catch((error: unknown) => {
          if (isRefusal(error)) close()
        })
      }, KEY_CHECK_MS).unref()
      sse.onClose(() => {
        clearInterval(keyCheck)
      })
      // The client comes back by itself, with the id of the last it has.
      if (subscription.isCut) void tail.then(close)
    },
  )
}

/** A database that cannot be asked just now says nothing about the key. */
function isRefusal(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'unauthorized' || error.code === 'forbidden')
}

function refusal(requestId: string): Problem {
  const detail =
    'This address answers with text/event-stream only; leave the header Accept out, or name it there.'
  return createProblem('invalid_request', detail, requestId)
}
