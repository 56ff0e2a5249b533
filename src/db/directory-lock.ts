import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { AppError, coerceError } from '../lib/errors.ts'

export interface DirectoryLock {
  release(): void
}

/**
 * Locks a data directory by a file beside it that names the holder's process.
 *
 * No heartbeat: a long call into WebAssembly blocks the event loop, and a living holder would look
 * dead. A lock is taken over only when its process no longer exists.
 *
 * @throws AppError `configuration` when a living process holds it or the place is not writable
 */
export function lockDirectory(directory: string): DirectoryLock {
  const file = `${directory}.lock`
  try {
    makeDirectory(path.dirname(file))
    take(file)
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError(
      'configuration',
      `the data directory ${directory} cannot be used: ${coerceError(error).message}`,
      { cause: error },
    )
  }
  let released = false
  return {
    release() {
      if (released) return
      released = true
      rmSync(file, { force: true })
    },
  }
}

/** Nothing was ever kept there: to open a database in it would be to make one. */
export function isVacant(directory: string): boolean {
  return !existsSync(directory) || readdirSync(directory).length === 0
}

/** Level by level: `recursive` never returns below a place such as /proc. */
export function makeDirectory(directory: string): void {
  if (existsSync(directory)) return
  const parent = path.dirname(directory)
  if (parent !== directory) makeDirectory(parent)
  mkdirSync(directory)
}

function take(file: string): void {
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      const handle = openSync(file, 'wx', 0o600)
      writeSync(handle, `${String(process.pid)}\n`)
      closeSync(handle)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = readHolder(file)
      if (holder !== undefined && isAlive(holder)) {
        throw new AppError(
          'configuration',
          `the data directory ${file.slice(0, -'.lock'.length)} is in use by process ${String(holder)}; ` +
            'stop it, or choose another directory',
        )
      }
      rmSync(file, { force: true })
    }
  }
  throw new AppError('configuration', `the lock file ${file} cannot be taken; try again`)
}

function readHolder(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
