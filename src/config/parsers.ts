import { isIP } from 'node:net'
import type { Parsed, Parser } from './setting.ts'

const ok = <T>(value: T): Parsed<T> => ({ ok: true, value })
const bad = (problem: string, remedy: string): { ok: false; problem: string; remedy: string } => ({
  ok: false,
  problem,
  remedy,
})

/** @param max inclusive, as is `min` */
export function wholeNumber(min: number, max: number): Parser<number> {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return ok(value)
    const range = `${String(min)} to ${String(max)}`
    return bad(`is not a whole number from ${range}`, `Set a number from ${range}.`)
  }
}

/** 0 to 1, both included. */
export const share: Parser<number> = (text) => {
  const value = /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN
  return value >= 0 && value <= 1
    ? ok(value)
    : bad('is not a number from 0 to 1', 'Set a share such as 0.1.')
}

export const port: Parser<number> = (text) => {
  const parsed = wholeNumber(0, 65_535)(text)
  return parsed.ok ? parsed : bad('is not a port number', 'Set a number from 0 to 65535.')
}

export const trueOrFalse: Parser<boolean> = (text) => {
  const word = text.toLowerCase()
  if (word === 'true' || word === 'false') return ok(word === 'true')
  return bad('is neither true nor false', 'Set true or false.')
}

export function oneOf<const Words extends readonly string[]>(words: Words): Parser<Words[number]> {
  return (text) => {
    const word = words.find((each) => each === text.toLowerCase())
    if (word !== undefined) return ok(word)
    const list = words.join(', ')
    return bad(`is none of ${list}`, `Set one of ${list}.`)
  }
}

/** Goes into an HTTP header or is compared with one: printable ASCII without spaces. */
export function secretText(minCharacters: number, remedy: string): Parser<string> {
  return (text) => {
    if (!/^[\x21-\x7e]+$/.test(text)) {
      return bad('has spaces, line breaks or characters outside ASCII', remedy)
    }
    if (text.length < minCharacters) {
      return bad(`is shorter than ${String(minCharacters)} characters`, remedy)
    }
    return ok(text)
  }
}

/** Meta's node ids are decimal strings and stay text (reference, section 1). */
export const nodeId: Parser<string> = (text) =>
  /^\d{1,30}$/.test(text)
    ? ok(text)
    : bad(
        'is not an id of Meta, which has digits only',
        'Copy the id (not the phone number, not the name) from WhatsApp Manager.',
      )

/** One secret, or two separated by a comma while one is being rotated. */
export const appSecrets: Parser<readonly string[]> = (text) => {
  const parts = splitList(text)
  const remedy =
    'Copy the app secret from the Meta app dashboard, Settings, Basic; two, separated by a comma, ' +
    'while one is being rotated.'
  if (parts.length === 0) return bad('holds no secret', remedy)
  if (parts.length > 2) return bad('holds more than two secrets', remedy)
  for (const part of parts) {
    const parsed = secretText(16, remedy)(part)
    if (!parsed.ok) return parsed
  }
  return ok(parts)
}

export const graphVersion: Parser<string> = (text) =>
  /^v\d{1,3}\.\d{1,2}$/.test(text)
    ? ok(text)
    : bad('is not a Graph API version', 'Write it like v25.0.')

/** `https:`, and `http:` for loopback only: an access token travels with every call. */
export const graphUrl: Parser<string> = (text) => {
  const remedy = 'Set an https address such as https://graph.facebook.com; http only for 127.0.0.1.'
  const url = parseUrl(text)
  if (url === undefined) return bad('is not an address', remedy)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return bad('has a user, a query or a fragment, and must be a bare address', remedy)
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) {
    return ok(url.href.replace(/\/+$/, ''))
  }
  return url.protocol === 'http:'
    ? bad('would send the access token unencrypted to another machine', remedy)
    : bad('is not an https address', remedy)
}

export const serviceUrl: Parser<string> = (text) => {
  const url = parseUrl(text)
  return url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')
    ? ok(url.href.replace(/\/+$/, ''))
    : bad('is not an http or https address', 'Write it like http://127.0.0.1:8080.')
}

/** An address that is called as it is; its path may be a secret, so it is never shown. */
export const hookUrl: Parser<string> = (text) => {
  const remedy = 'Write it like https://hooks.example.com/aviso.'
  const url = parseUrl(text)
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return bad('is not an http or https address', remedy)
  }
  if (url.username !== '' || url.password !== '') {
    return bad('holds a user or a password, which nobody would send', remedy)
  }
  return ok(text)
}

/** An address with a password in it: the scheme is checked, the text is never shown. */
export function connectionUrl(schemes: readonly string[], example: string): Parser<string> {
  return (text) => {
    const remedy = `Write it like ${example}, with special characters in the password percent-encoded.`
    const url = parseUrl(text)
    if (url === undefined) return bad('is not an address', remedy)
    return schemes.includes(url.protocol.slice(0, -1))
      ? ok(text)
      : bad(`does not begin with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`, remedy)
  }
}

export const e164List: Parser<readonly string[]> = (text) => {
  const numbers = splitList(text)
  for (const [index, number] of numbers.entries()) {
    if (!/^\+[1-9]\d{6,14}$/.test(number)) {
      return bad(
        `has as number ${String(index + 1)} one that is not in E.164 form (it ends in ${JSON.stringify(number.slice(-2)).slice(1, -1)})`,
        'Write each like +34612345678, separated by commas.',
      )
    }
  }
  return ok(numbers)
}

export const uuid: Parser<string> = (text) =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
    ? ok(text.toLowerCase())
    : bad('is not a UUID', 'Write it like 00000000-0000-0000-0000-000000000000.')

/** Meta's form, `pt_BR`; `pt-BR` is understood. */
export const language: Parser<string> = (text) => {
  const match = /^([a-z]{2,3})(?:[_-]([a-z]{2}))?$/i.exec(text)
  if (match?.[1] === undefined) {
    return bad('is not a language code', 'Set one such as en, es or pt_BR.')
  }
  const base = match[1].toLowerCase()
  return ok(match[2] === undefined ? base : `${base}_${match[2].toUpperCase()}`)
}

/** A name of an exchange, a queue or a routing key; AMQP allows 255 bytes. */
export const amqpName: Parser<string> = (text) =>
  Buffer.byteLength(text) <= 255 && !text.startsWith('amq.')
    ? ok(text)
    : bad(
        'is longer than 255 bytes, or begins with amq. as only names of the broker do',
        'Choose another name.',
      )

export const routingPatterns: Parser<readonly string[]> = (text) => {
  const patterns = splitList(text)
  const wrong = patterns.find((pattern) => !/^[\w*#-]+(\.[\w*#-]+)*$/.test(pattern))
  return wrong === undefined
    ? ok(patterns)
    : bad(
        'has an entry that is not a routing key or pattern',
        'Write it like whatsapp.message.failed,po.*; # for all, empty for none.',
      )
}

export const host: Parser<string> = (text) =>
  isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text)
    ? ok(text)
    : bad('is not an address to listen on', 'Set an IP address or host name, without a port.')

export const encryptionKey: Parser<Uint8Array> = (text) => {
  const key = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined
  return key?.length === 32
    ? ok(new Uint8Array(key))
    : bad('is not 32 bytes in base64', 'Make one with: openssl rand -base64 32')
}

/** `name=value,name=value` with percent-encoded values, as OpenTelemetry's variables are written. */
export const keyValues: Parser<Readonly<Record<string, string>>> = (text) => {
  const remedy =
    'Write name=value, separated by commas, with special characters of values percent-encoded.'
  const pairs: [string, string][] = []
  for (const part of splitList(text)) {
    const [, name, value] = /^([^=\s]+)\s*=\s*(.*)$/.exec(part) ?? []
    if (name === undefined || value === undefined)
      return bad('has a part that is not name=value', remedy)
    try {
      pairs.push([name, decodeURIComponent(value)])
    } catch {
      return bad('has a value that is not percent-encoded', remedy)
    }
  }
  return ok(Object.fromEntries(pairs))
}

export const anyText: Parser<string> = (text) => ok(text)

/** localhost, 127.0.0.0/8 and ::1. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

export function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
