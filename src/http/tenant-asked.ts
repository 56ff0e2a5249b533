import type { FastifyRequest } from 'fastify'
import { AppError } from '../lib/errors.ts'

/**
 * The tenant that a read is about: the key's own, else the one that is asked for; null: all.
 *
 * @throws AppError `forbidden` where the key belongs to another tenant than is asked for
 */
export function tenantAsked(request: FastifyRequest, asked: string | undefined): string | null {
  const only = request.caller?.tenantId ?? null
  if (only !== null && asked !== undefined && asked.toLowerCase() !== only) {
    throw new AppError('forbidden', 'The API key belongs to another tenant than tenant_id says.')
  }
  return only ?? asked?.toLowerCase() ?? null
}
