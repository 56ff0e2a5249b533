/** Which messages of a file go together, and under which keys. Pure. */

import { createHash } from 'node:crypto'
import type { BulkLine } from './bulk-file.ts'

/** Of `POST /api/v1/whatsapp/messages/bulk`. */
export const MAX_LINES = 10_000
export const MAX_BYTES = 16 * 1024 * 1024

export interface PlannedBatch {
  /**
   * Of the header Idempotency-Key: the same file makes the same keys, so that a run that is repeated after
   * a crash finds what it made before.
   */
  key: string
  lines: readonly BulkLine[]
  /** JSON lines. */
  body: string
}

/**
 * Divides messages into batches of nearly the same size, in order: with a rate shared by all of them, none
 * ends long before the others, and leaves its share unused.
 *
 * A key is made of what is sent, in whichever format it stood in the file, and of nothing else: a file that
 * was only saved anew is the same. Settings are left out on purpose: with others the service refuses the
 * key (`idempotency_mismatch`), where another key would have sent everything twice.
 *
 * @param again a word that tells this sending from earlier ones of the same file; null = the first
 */
export function planBatches(lines: readonly BulkLine[], again: string | null): PlannedBatch[] {
  const content = createHash('sha256')
  for (const { json } of lines) content.update(json).update('\n')
  const name = ['bulk', content.digest('hex'), ...(again === null ? [] : [again])].join('-')
  const parts = divide(lines)
  return parts.map((part, index) => ({
    key: `${name}-${String(index + 1)}-of-${String(parts.length)}`,
    lines: part,
    body: bodyOf(part),
  }))
}

function divide(lines: readonly BulkLine[]): (readonly BulkLine[])[] {
  for (let count = Math.ceil(lines.length / MAX_LINES); ; count += 1) {
    const parts = Array.from({ length: count }, (_, index) =>
      lines.slice(boundary(index, count, lines.length), boundary(index + 1, count, lines.length)),
    )
    // A single message that is larger than a whole request is the service's to refuse.
    if (parts.every((part) => part.length <= 1 || sizeOf(part) <= MAX_BYTES)) return parts
  }
}

function boundary(index: number, count: number, length: number): number {
  return Math.round((index * length) / count)
}

function bodyOf(lines: readonly BulkLine[]): string {
  return lines.map(({ json }) => json).join('\n')
}

function sizeOf(lines: readonly BulkLine[]): number {
  return lines.reduce((sum, { json }) => sum + Buffer.byteLength(json) + 1, 0)
}
