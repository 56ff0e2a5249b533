import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { makeDirectory } from '../db/directory-lock.ts'

/** The examples of a data directory that are still to be published. */
export interface PendingExamples {
  /** When the directory was made: the same examples come again after a start that was cut off. */
  since: Date
  /** They are published, or not wanted: the next start does not ask again. */
  settle(): void
}

const FILE = 'examples-pending'

/**
 * Notes in a new data directory that its examples are to be published, by a file that stays until they
 * are. To be called before the database is made: that is there, too, after a start that failed on a taken
 * port or was killed, and would then be taken for an old one.
 *
 * @returns undefined where the directory is not new, or its examples are settled
 */
export function findPendingExamples(
  dataDir: string,
  isNew: boolean,
  now: Date,
): PendingExamples | undefined {
  const file = path.join(dataDir, FILE)
  if (isNew) note(file, now)
  if (!existsSync(file)) return undefined
  const since = new Date(readFileSync(file, 'utf8'))
  return {
    // A machine that lost its power may have kept the file without what stands in it.
    since: Number.isNaN(since.getTime()) ? now : since,
    settle() {
      rmSync(file, { force: true })
    },
  }
}

function note(file: string, now: Date): void {
  try {
    makeDirectory(path.dirname(file))
    writeFileSync(file, now.toISOString())
  } catch {
    // A place that cannot be written to is told of by the database, which cannot be made there either.
  }
}
