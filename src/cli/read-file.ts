import { readFile as read } from 'node:fs/promises'
import path from 'node:path'
import { CliError, EXIT } from './cli-error.ts'
import type { CliIo } from './io.ts'
import { printable } from './printable.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory. Give a file in it, or - for standard input',
}

/**
 * The bytes of a file, or of standard input for `-`.
 *
 * @throws CliError in words where it cannot be read
 */
export async function readFile(file: string, io: CliIo): Promise<Buffer> {
  if (file === '-') return io.readStdin()
  try {
    return await read(path.resolve(io.cwd, file))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = REASONS[code ?? ''] ?? code ?? 'it cannot be read'
    throw new CliError(EXIT.usage, 'not_found', `${nameOfFile(file)}: ${reason}.`, { cause: error })
  }
}

export function nameOfFile(file: string): string {
  return file === '-' ? 'standard input' : printable(file)
}
