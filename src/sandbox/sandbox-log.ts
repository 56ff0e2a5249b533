import { createWriteStream } from 'node:fs'
import type { WriteStream } from 'node:fs'
import path from 'node:path'
import { multistream } from 'pino'
import type { DestinationStream } from 'pino'
import { createLogDestination } from '../lib/log-destination.ts'

/**
 * Where a sandbox logs to: everything to a file in its directory, warnings and errors to the terminal,
 * too. Among what it tells a newcomer there, lines of JSON would only puzzle.
 *
 * @param dataDir may be made later, but before the first line
 */
export function openSandboxLog(dataDir: string): { file: string; destination: DestinationStream } {
  const file = path.join(dataDir, 'aviso.log')
  let stream: WriteStream | undefined
  const toFile = {
    write(line: string) {
      if (stream === undefined) {
        stream = createWriteStream(file, { flags: 'a', mode: 0o600 })
        // A full disk is told of by the database; a log that cannot be written stops nobody.
        stream.on('error', () => undefined)
      }
      destination.write(line)
    },
  }
  const destination = createLogDestination({
    write: (line) => stream?.write(line),
    get writableLength() {
      return stream?.writableLength ?? 0
    },
  })
  return {
    file,
    destination: multistream([
      { level: 'trace', stream: toFile },
      { level: 'warn', stream: createLogDestination(process.stdout) },
    ]),
  }
}
