import type { Caller } from '../access/api-keys.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by a route's `onRequest` where it asks who calls. */
    caller?: Caller
  }
}
