import type { Readable } from 'node:stream'
import { coerceError } from './errors.ts'

/**
 * Ends a stream from which somebody wants more at once than any honest peer sends. For clients that
 * believe the length at the beginning of a frame: what another protocol answers there reads as a
 * gigabyte, and asking Node for that throws where nobody can catch it.
 *
 * @param stream anything else than a stream is let be: a client that was changed has its own ways
 */
export function limitReads(stream: unknown, maxBytes: number): void {
  if (!isReadable(stream)) return
  const read = stream.read.bind(stream)
  stream.read = (size?: number): unknown => {
    if (size === undefined || size <= maxBytes) return read(size)
    stream.destroy(coerceError('the answer is not of this protocol'))
    return null
  }
}

function isReadable(stream: unknown): stream is Readable {
  return (
    typeof stream === 'object' &&
    stream !== null &&
    'read' in stream &&
    typeof stream.read === 'function'
  )
}
