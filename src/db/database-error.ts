/**
 * Reads the errors of both engines, which carry the SQLSTATE in `code` and the constraint's name.
 */

export interface SqlError extends Error {
  code: string
  constraint?: string
}

export function isSqlError(error: unknown): error is SqlError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[0-9A-Z]{5}$/.test(error.code)
  )
}

/** A connection could not be made, or ended, or gave no answer: what the driver says of it, in its words. */
export class ConnectionError extends Error {
  constructor(cause: Error) {
    // Of several addresses that all refused, Node says nothing but the code.
    super(cause.message || ('code' in cause ? String(cause.code) : 'no answer'), { cause })
    this.name = 'ConnectionError'
  }
}

export function isUniqueViolation(error: unknown): boolean {
  return isSqlError(error) && error.code === '23505'
}

/** A table that the statement names is not there: the database is not migrated, or a month's partition was taken out. */
export function isUndefinedTable(error: unknown): boolean {
  return isSqlError(error) && error.code === '42P01'
}

/** The server ended the statement: it took longer than a statement may. */
export function isTimedOut(error: unknown): boolean {
  return isSqlError(error) && error.code === '57014'
}

/** Serialization failure or deadlock: the same transaction may succeed when it is run again. */
export function isConflictOfTransactions(error: unknown): boolean {
  return isSqlError(error) && (error.code === '40001' || error.code === '40P01')
}

/**
 * SQLSTATE classes that say something about the server and nothing about the statement's content:
 * connection (08), resources (53), intervention (57), system (58), read-only (25006), lock not
 * available (55P03), serialization and deadlock (40).
 */
const OF_THE_SERVER = /^(08|40|53|57|58|25006|55P03)/

/**
 * True when the database is away or in trouble, and the same work may succeed later; false when the
 * statement's content is at fault. An error without SQLSTATE is a socket's or a pool's: away.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (isOurs(error)) return false
  return !isSqlError(error) || OF_THE_SERVER.test(error.code)
}

/** A value that cannot be written, not a server that does not answer. */
export function isOurs(error: unknown): boolean {
  return error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError
}

/** True when there is no server to talk to: no connection, or one that is starting or shutting down. */
export function isConnectionLost(error: unknown): boolean {
  return isSqlError(error) ? /^(08|57P)/.test(error.code) : isDatabaseAway(error)
}
