import type { FastifyRequest } from 'fastify'
import type { ApiKeys, Caller, Role } from '../access/api-keys.ts'
import { AppError } from '../lib/errors.ts'

/** Finds out who calls, and whether the role may do this. */
export type Authenticate = (request: FastifyRequest, roles: readonly Role[]) => Promise<Caller>

export const READERS: readonly Role[] = ['admin', 'operator', 'viewer']
export const WRITERS: readonly Role[] = ['admin', 'operator']
export const SENDERS: readonly Role[] = ['admin', 'operator', 'ingest']
export const ADMINS: readonly Role[] = ['admin']

const BEARER = /^Bearer +([\x21-\x7e]{8,512})$/i

/** By `Authorization: Bearer <api key>` and nothing else: a key in an address ends up in logs. */
export function createAuthenticate(apiKeys: ApiKeys): Authenticate {
  return async (request, roles) => {
    const key = BEARER.exec(request.headers.authorization ?? '')?.[1]
    const caller = key === undefined ? undefined : await apiKeys.findCaller(key)
    if (caller === undefined) {
      throw new AppError(
        'unauthorized',
        key === undefined
          ? 'Send the header "Authorization: Bearer <api key>".'
          : 'The API key is not known, expired or revoked.',
      )
    }
    if (!roles.includes(caller.role)) {
      throw new AppError(
        'forbidden',
        `A key with the role ${caller.role} may not do this; it needs one of: ${roles.join(', ')}.`,
      )
    }
    return caller
  }
}
