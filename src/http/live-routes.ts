import type { FastifyInstance } from 'fastify'
import { AppError } from '../lib/errors.ts'
import { READERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import type { ChangeFeed, FeedEvent } from './change-feed.ts'

const MAX_STREAMS = 200

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
      sse: { kind: 'only' },
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, READERS)
      },
      schema: {
        summary: 'Changes of messages as server-sent events',
        description: 'Event `message`; resumable by Last-Event-ID over the last ten minutes.',
        tags: ['messages'],
      },
    },
    async (request, reply) => {
      if (streams.size >= MAX_STREAMS)
        throw new AppError('rate_limited', 'Too many streams are open.')
      const tenantId = request.caller?.tenantId ?? null
      const { sse } = reply
      // One at a time, in order; a reader that went away is no error.
      let tail: Promise<unknown> = Promise.resolve()
      const send = (event: FeedEvent): void => {
        if (tenantId !== null && event.message.tenant_id !== tenantId) return
        tail = tail
          .then(() => sse.send({ id: event.id, event: 'message', data: event.message }))
          .catch(() => undefined)
      }
      sse.keepAlive()
      sse.sendHeaders()
      // Else the client hears nothing until the first change or the first heartbeat.
      reply.raw.flushHeaders()
      const lastEventId = request.headers['last-event-id']
      const unsubscribe = await options.feed.subscribe(
        send,
        typeof lastEventId === 'string' ? lastEventId : null,
      )
      const close = (): void => {
        unsubscribe()
        streams.delete(close)
        sse.close()
      }
      streams.add(close)
      sse.onClose(close)
    },
  )
}
