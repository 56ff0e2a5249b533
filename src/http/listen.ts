import type { FastifyInstance } from 'fastify'
import { AppError, coerceError } from '../lib/errors.ts'

/**
 * Begins to listen.
 *
 * @returns where, with an address that can be called from this machine
 * @throws AppError `configuration` when the port is taken or the address is not ours
 */
export async function listen(
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    const detail = isTaken
      ? `port ${String(port)} is in use; set another PORT`
      : `cannot listen on ${host}:${String(port)}: ${coerceError(error).message}`
    throw new AppError('configuration', detail, { cause: error })
  }
  return addressOf(app, { host, port })
}

/** Where a process on this machine finds a server that listens. */
export function addressOf(
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): string {
  const address = app.server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${String(bound)}`
}
