import type { Random } from './random.ts'

/** 18 characters after an outgoing number, 20 after an incoming one, as in Meta's samples. */
const OUTGOING = { mark: 0x11, length: 18 }
const INCOMING = { mark: 0x12, length: 20 }

/**
 * A message id in the shape of Meta's: base64 of a few fixed bytes, the other party's number and an
 * id. Nobody may take it apart, and its length depends on the number.
 */
export function createWamid(random: Random, waId: string, direction: 'out' | 'in'): string {
  const { mark, length } = direction === 'out' ? OUTGOING : INCOMING
  const bytes = Buffer.allocUnsafe(3 + waId.length + 6 + length + 1)
  bytes[0] = 0x1c
  bytes[1] = 0x18
  bytes[2] = waId.length
  bytes.write(waId, 3, 'latin1')
  let at = 3 + waId.length
  for (const byte of [0x15, 0x02, 0x00, mark, 0x18, length]) bytes[at++] = byte
  bytes.write(random.hex(length), at, 'latin1')
  bytes[at + length] = 0
  return `wamid.${bytes.toString('base64')}`
}
