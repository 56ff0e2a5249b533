import { addUp, countWords, isSettled } from '../bulk/batch-counts.ts'
import type { Progress } from '../bulk/batch-counts.ts'
import { progressBar, progressWords } from '../bulk/progress-line.ts'
import { EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import type { ServiceClient } from '../client.ts'
import { textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import type { CommandContext } from './context.ts'

export interface FollowOptions {
  json?: boolean
  /** How long what was sent is waited for, once nothing is left to send. */
  deliveryMs: number
  /** Resolves when the person has seen enough. */
  stopped: Promise<void>
}

/** A log needs no line for each half second. */
const LINE_EVERY_MS = 10_000

/**
 * Shows how far batches are until they are settled: on a terminal one line that moves, else a line now and
 * then; at the end the counts.
 *
 * @returns done where every message is with its recipient's phone or on its way, none failed, and nothing
 *   was stopped or canceled
 */
export async function followToEnd(
  client: ServiceClient,
  ids: readonly string[],
  options: FollowOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { io } = context
  const { followBatches } = await import('../bulk/follow-batches.ts')
  const screen = createScreen(options.json === true, context)
  const { batches, wasStopped } = await followBatches(client, ids, {
    ...options,
    onLook: screen.show,
    onStill: (message) => {
      screen.say(heldWords(message))
    },
  })
    .catch((error: unknown) => {
      screen.clear()
      sayHowToLook('What was queued stays queued.', ids, context)
      throw error
    })
    .finally(screen.clear)
  const bodies = batches.map(({ body }) => body)
  const progress = addUp(bodies)
  if (options.json === true) for (const { text } of batches) io.out(jsonLine(text))
  else for (const line of endWords(bodies, progress)) io.out(line)
  if (wasStopped) {
    const words =
      ids.length === 1 ? 'the batch goes on by itself' : 'the batches go on by themselves'
    sayHowToLook(`No longer followed; ${words}.`, ids, context)
    return EXIT.failed
  }
  const { counts } = progress
  const isWhole = bodies.every((body) => textAt(body, 'state') === 'done')
  return isWhole && counts.FAILED === 0 && counts.PENDING === 0 ? EXIT.done : EXIT.failed
}

function sayHowToLook(words: string, ids: readonly string[], { io }: CommandContext): void {
  const names = ids.map(printable).join(' ')
  io.err(words)
  io.err(`  look:   aviso bulk show ${names}`)
  io.err(`  cancel: aviso bulk cancel ${names}`)
}

function createScreen(json: boolean, { io }: CommandContext) {
  let shown = ''
  let shownAt = -Infinity
  const { redraw } = io
  return {
    show(progress: Progress): void {
      if (json) return
      if (redraw !== null) {
        redraw(progressBar(progress, io.now()))
        return
      }
      const words = progressWords(progress)
      const isDue = performance.now() - shownAt >= LINE_EVERY_MS || isSettled(progress)
      if (words === shown || !isDue) return
      io.out(words)
      shown = words
      shownAt = performance.now()
    },
    say(line: string): void {
      redraw?.('')
      io.err(line)
    },
    clear(): void {
      redraw?.('')
    },
  }
}

function heldWords(message: JsonObject): string {
  const reason = printable(textAt(message, 'hold_reason') ?? 'an unknown reason')
  const remedy = textAt(message, 'remedy')
  return `Messages are held: ${reason}.${remedy === null ? '' : ` ${printable(remedy)}`}`
}

function endWords(batches: readonly JsonObject[], progress: Progress): string[] {
  const { total } = progress
  const messages = total === 1 ? '1 message' : `${String(total)} messages`
  const lines = [`${messages}: ${countWords(progress)}.`]
  for (const batch of batches) {
    const state = textAt(batch, 'state') ?? ''
    const id = printable(textAt(batch, 'batch_id') ?? '')
    if (state !== 'done') lines.push(`Batch ${id} is ${printable(state)}.`)
    const { counts } = addUp([batch])
    if (counts.FAILED > 0) lines.push(`Why: aviso messages --batch ${id} --status FAILED`)
    if (counts.PENDING > 0) lines.push(`Pending: aviso messages --batch ${id} --status PENDING`)
  }
  return lines
}
