/** The program's beginning and end: ties the command line to this process. Run by bin/aviso.js. */

import { createInterface } from 'node:readline/promises'
import { buffer } from 'node:stream/consumers'
import { isatty } from 'node:tty'
import type { CliIo } from './io.ts'
import { runCli } from './run-cli.ts'

const isTerminal = isatty(1)
/** Whoever reads what a service writes may have stopped reading; who ends it does not wait for that. */
const LAST_WORDS_MS = 2000
const told = { toStop: false }

const io: CliIo = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  isTerminal,
  color: isTerminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
  cwd: process.cwd(),
  redraw:
    isTerminal && process.env['TERM'] !== 'dumb'
      ? // To the start of the line, and what stands there away; one that broke could not be replaced.
        (line) =>
          process.stdout.write(`\r\u001b[2K${line.slice(0, (process.stdout.columns || 80) - 1)}`)
      : null,
  now: () => new Date(),
  readStdin: () => buffer(process.stdin),
  async ask(question) {
    if (!isTerminal || !isatty(0)) return null
    const lines = createInterface({ input: process.stdin, output: process.stdout })
    try {
      return await lines.question(question)
    } finally {
      lines.close()
    }
  },
  untilStopped: () =>
    new Promise((resolve) => {
      // Listening for good: under npm and npx a Ctrl-C comes twice, from the terminal and passed on, and
      // the second would end the process by the signal, in the middle of its stop. Every stop has a limit.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.on(signal, () => {
          told.toStop = true
          resolve()
        })
      }
    }),
}

// `aviso messages | head`: the reader has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

const exitCode = await runCli(process.argv.slice(2), process.env, io)
// After what was written, and without waiting for kept connections.
process.stdout.write('', () => process.exit(exitCode))
if (told.toStop) setTimeout(() => process.exit(exitCode), LAST_WORDS_MS)
