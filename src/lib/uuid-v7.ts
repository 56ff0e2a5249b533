import { randomFillSync } from 'node:crypto'

/** Random bytes are drawn in blocks: one system call for 256 ids instead of one each. */
const BLOCK = 256 * 10
const block = Buffer.allocUnsafe(BLOCK)
let used = BLOCK
let lastMs = 0
let counter = 0

/**
 * A UUID v7 (RFC 9562): 48 bits of Unix milliseconds, then a counter of 12 bits that keeps ids of one
 * process and millisecond in order, then 62 random bits. Order of ids is order of making.
 */
export function createId(nowMs: number = Date.now()): string {
  if (used === BLOCK) {
    randomFillSync(block)
    used = 0
  }
  const random = block.subarray(used, used + 10)
  used += 10
  const ms = nextTick(nowMs, random)
  const bytes = Buffer.allocUnsafe(16)
  bytes.writeUIntBE(ms, 0, 6)
  bytes[6] = 0x70 | (counter >> 8)
  bytes[7] = counter & 0xff
  random.copy(bytes, 8, 2)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return format(bytes.toString('hex'))
}

/** The smallest id of a moment: `id >= idBound(t)` holds for what was made at `t` or later. */
export function idBound(moment: Date): string {
  return format(Math.max(0, moment.getTime()).toString(16).padStart(12, '0') + '0'.repeat(20))
}

/** The moment an id was made, by the clock of the process that made it. */
export function idTime(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16))
}

function nextTick(nowMs: number, random: Buffer): number {
  if (nowMs > lastMs) {
    lastMs = nowMs
    // Starts in the lower half, so that 2,048 more fit before the clock is borrowed from.
    counter = (((random[0] ?? 0) << 8) | (random[1] ?? 0)) & 0x7ff
  } else if (counter === 0xfff) {
    lastMs += 1
    counter = 0
  } else {
    counter += 1
  }
  return lastMs
}

function format(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
