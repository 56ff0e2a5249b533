import { createHmac, timingSafeEqual } from 'node:crypto'

const HEADER = /^sha256=([0-9a-f]{64})$/

/**
 * Checks `X-Hub-Signature-256` over the bytes as received (reference, section 5.2), before anything
 * is parsed.
 *
 * @param secrets the app secret; two while one is being rotated
 */
export function verifySignature(
  rawBody: Buffer,
  header: string | undefined,
  secrets: readonly string[],
): boolean {
  const match = header === undefined ? null : HEADER.exec(header)
  if (match?.[1] === undefined) return false
  const given = Buffer.from(match[1], 'hex')
  let valid = false
  // Every secret is tried, so that time does not tell which one fitted.
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(rawBody).digest()
    if (timingSafeEqual(expected, given)) valid = true
  }
  return valid
}

/** The header Meta would send with this body. */
export function signBody(rawBody: Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(rawBody).digest('hex')}`
}
