import type { FastifyInstance } from 'fastify'
import { AppError } from '../lib/errors.ts'

/** JSON under any of its names. */
const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json$/

/**
 * Bodies of this scope come as bytes: they are read by whoever names every fault at once.
 *
 * @param accepts by media type, without parameters; default: JSON
 * @param words what to send instead
 */
export function takeBytes(
  scope: FastifyInstance,
  words: string,
  accepts: (mediaType: string) => boolean = isJson,
): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, parsed) => {
    if (accepts(mediaTypeOf(request.headers['content-type']))) parsed(null, body)
    else parsed(new AppError('unsupported_media_type', words))
  })
}

/** @throws AppError `unsupported_media_type` where there was none, and so no body */
export function bytesOf(body: unknown, words: string): Buffer {
  if (Buffer.isBuffer(body)) return body
  throw new AppError('unsupported_media_type', words)
}

export function mediaTypeOf(header: string | undefined): string {
  return (header ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

export function isJson(mediaType: string): boolean {
  return JSON_TYPE.test(mediaType)
}
