import { AppError } from '../lib/errors.ts'

/**
 * A cursor is the last id of the page, opaque to its reader: 22 characters. Queries set no bound of their own to
 * it, so that one that is too long is refused as any other that we did not make.
 */
export function encodeCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')
}

/** @throws AppError `invalid_cursor` for anything {@link encodeCursor} did not make */
export function decodeCursor(cursor: string): string {
  const bytes = /^[A-Za-z0-9_-]{22}$/.test(cursor) ? Buffer.from(cursor, 'base64url') : undefined
  if (bytes?.length !== 16) {
    throw new AppError('invalid_cursor', 'The cursor is not one of ours; begin without one.')
  }
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
