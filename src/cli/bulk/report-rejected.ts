import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CliError, EXIT, makeProblem } from '../cli-error.ts'
import type { CommandContext } from '../commands/context.ts'
import { jsonLine, printable } from '../printable.ts'
import type { BadLine, BulkFile } from './bulk-file.ts'

/** More than that is for a file, not for a screen. */
const SHOWN = 50

/**
 * Tells of each line that was not taken, by the file's own line number.
 *
 * @param taken how many were
 */
export function printRejected(
  rejected: readonly BadLine[],
  taken: number,
  json: boolean,
  { io, colors }: CommandContext,
): void {
  if (rejected.length === 0) return
  if (json) {
    io.err(jsonLine(problemOf(rejected, taken)))
    return
  }
  io.out(`${countWords(rejected)} not taken:`)
  const shown = io.isTerminal ? rejected.slice(0, SHOWN) : rejected
  for (const { place, code, detail } of shown) {
    io.out(`  ${colors.red(place)}  ${printable(`${code}: ${detail}`)}`)
  }
  const more = rejected.length - shown.length
  if (more > 0) {
    io.out(`  and ${String(more)} more: the same command with --rejected-to FILE keeps them all.`)
  }
}

function problemOf(rejected: readonly BadLine[], taken: number): string {
  const detail = `${countWords(rejected)} not taken; ${takenWords(taken)}.`
  const problem = JSON.parse(makeProblem(422, 'validation_failed', detail)) as object
  const errors = rejected.map(({ place, code, detail: words }) => ({
    field: place,
    code,
    detail: words,
    remedy: 'Mend the line, and send it in a file of its own.',
  }))
  return JSON.stringify({ ...problem, errors })
}

function countWords(rejected: readonly BadLine[]): string {
  return rejected.length === 1 ? '1 line was' : `${String(rejected.length)} lines were`
}

function takenWords(taken: number): string {
  if (taken === 0) return 'there was no other'
  return taken === 1 ? 'the other one was' : `the ${String(taken)} others were`
}

/**
 * Writes what was not taken as a file like the first one, to be mended and sent by itself: the whole file
 * sent again would be another one, with every good line in it once more.
 *
 * @throws CliError where there is such a file: it may have been mended already
 */
export async function saveRejected(
  name: string,
  file: BulkFile,
  rejected: readonly BadLine[],
  taken: number,
  { io }: CommandContext,
): Promise<void> {
  const sources = rejected.map(({ source }) => source)
  const text =
    file.format === 'json'
      ? `[\n${sources.join(',\n')}\n]\n`
      : `${[...(file.header === null ? [] : [file.header]), ...sources].join('\n')}\n`
  try {
    await writeFile(path.resolve(io.cwd, name), text, { flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason =
      code === 'EEXIST'
        ? 'it is there already, and is left as it is'
        : (code ?? 'it cannot be written')
    const detail =
      `cannot write ${printable(name)}: ${reason}. ${taken === 0 ? 'Nothing was queued' : 'The good lines are queued'}; ` +
      'run the same command with another --rejected-to: it makes nothing twice.'
    throw new CliError(EXIT.failed, 'conflict', detail, { cause: error })
  }
}
