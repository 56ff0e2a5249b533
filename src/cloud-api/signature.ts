import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'

const HEADER = /^sha256=([0-9a-f]{64})$/

/**
 * Checks `X-Hub-Signature-256` over the bytes as received (reference, section 5.2), before anything
 * is parsed.
 *
 * @param secrets the app secret; two while one is being rotated
 */
export function createSignatureCheck(
  secrets: readonly string[],
): (rawBody: Buffer, header: string | undefined) => boolean {
  // Made once: to take the key in again for each body costs as much as the hash of a short one.
  const keys = secrets.map((secret) => createSecretKey(Buffer.from(secret)))
  return (rawBody, header) => {
    const match = header === undefined ? null : HEADER.exec(header)
    if (match?.[1] === undefined) return false
    const given = Buffer.from(match[1], 'latin1')
    let valid = false
    // Every secret is tried, so that time does not tell which one fitted.
    for (const key of keys) {
      const expected = createHmac('sha256', key).update(rawBody).digest('hex')
      if (timingSafeEqual(Buffer.from(expected, 'latin1'), given)) valid = true
    }
    return valid
  }
}

/** The same for a single body. */
export function verifySignature(
  rawBody: Buffer,
  header: string | undefined,
  secrets: readonly string[],
): boolean {
  return createSignatureCheck(secrets)(rawBody, header)
}

/** The header Meta would send with this body. */
export function signBody(rawBody: Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(rawBody).digest('hex')}`
}
