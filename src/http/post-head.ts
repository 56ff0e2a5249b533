/** The one request that is read without a parser: Meta's POST as it comes three times for each order. */

/** Of a request line and headers; Node's own parser takes 16 KiB. */
const MAX_HEAD_BYTES = 8 * 1024
const HEAD_END = Buffer.from('\r\n\r\n')
/** Names are tokens, values printable ASCII (RFC 9110, sections 5.1 and 5.5); nothing is folded. */
const HEADERS = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e]*\r\n)+$/
const LENGTH = /^\d{1,8}$/

export interface PostHead {
  headBytes: number
  /** Head and body; what is beyond them is another request. */
  bytes: number
  /** `X-Hub-Signature-256`, if there is one. */
  signature: string | undefined
}

/**
 * Reads the head of a POST whose shape leaves no room for two readings: HTTP/1.1, one Host, one
 * Content-Length in digits, a connection that stays open, and no header that changes how a body is
 * framed or answered. It says of no request anything but what Node's parser says (test/http/post-head.test.ts
 * holds both to the same bytes); what it does not know it leaves to that.
 *
 * @param requestLine the line with its CRLF
 * @returns of bytes from the beginning of a request: undefined for whatever else it is, and for a head
 *   that is not whole; the body may not be whole
 */
export function createPostHeadReader(
  requestLine: Buffer,
  maxBodyBytes: number,
): (bytes: Buffer) => PostHead | undefined {
  const start = requestLine.length
  return (bytes) => {
    if (bytes.length < start || requestLine.compare(bytes, 0, start) !== 0) return undefined
    const end = bytes.indexOf(HEAD_END, start - 2)
    if (end < start || end > MAX_HEAD_BYTES) return undefined
    const head = bytes.toString('latin1', start, end + 2)
    if (!HEADERS.test(head)) return undefined
    const { host, length, signature } = readHeaders(head) ?? {}
    if (host === undefined || length === undefined || !LENGTH.test(length)) return undefined
    const bodyBytes = Number(length)
    if (bodyBytes > maxBodyBytes) return undefined
    const headBytes = end + HEAD_END.length
    return { headBytes, bytes: headBytes + bodyBytes, signature }
  }
}

interface Headers {
  host?: string
  length?: string
  signature?: string
}

/** @returns undefined where a header is there twice, or is one that changes what the others mean */
function readHeaders(head: string): Headers | undefined {
  const found: Headers = {}
  let at = 0
  while (at < head.length) {
    const colon = head.indexOf(':', at)
    const end = head.indexOf('\r\n', colon)
    const field = FIELDS.get(head.slice(at, colon).toLowerCase())
    if (field !== undefined) {
      const value = head.slice(colon + 1, end).trim()
      if (field === 'connection') {
        if (value.toLowerCase() !== 'keep-alive') return undefined
      } else if (field === 'refused' || found[field] !== undefined) return undefined
      else found[field] = value
    }
    at = end + 2
  }
  return found
}

const FIELDS: ReadonlyMap<string, keyof Headers | 'connection' | 'refused'> = new Map([
  ['host', 'host'],
  ['content-length', 'length'],
  ['x-hub-signature-256', 'signature'],
  ['connection', 'connection'],
  ['proxy-connection', 'refused'],
  ['transfer-encoding', 'refused'],
  ['expect', 'refused'],
  ['upgrade', 'refused'],
  ['te', 'refused'],
  ['trailer', 'refused'],
])
