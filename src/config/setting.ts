/** What a setting is, and how one is read: text from the environment, through its parser, to a value. */

export type Parsed<T> = { ok: true; value: T } | { ok: false; problem: string; remedy: string }

/**
 * Reads trimmed, non-empty text. `problem` is what follows the name or the value ("is not a whole
 * number"), `remedy` is a sentence. Neither repeats the text: it may be a secret.
 */
export type Parser<T> = (text: string) => Parsed<T>

/** The sandbox has a few defaults of its own. */
export type Mode = 'serve' | 'sandbox'

/** What holds where the variable is unset or empty. */
export type Absent<T> =
  | { kind: 'required' }
  /** Text that goes through the same parser. */
  | { kind: 'default'; text: string; sandboxText?: string }
  | { kind: 'value'; value: T; says: string }

export interface Setting<T> {
  readonly env: string
  /** One or two sentences, for the help, `.env.example` and docs/configuration.md. */
  readonly meaning: string
  /** Null where the value is no quantity. */
  readonly unit: string | null
  readonly absent: Absent<T>
  /** A secret, personal, or an address that may hold a password: never repeated in a message. */
  readonly secret: boolean
  /** Set but empty is a value of its own, not the default. */
  readonly emptyIsValue: boolean
  readonly parse: Parser<T>
}

/** Variables as `process.env` has them. */
export type Env = Readonly<Record<string, string | undefined>>

interface Details {
  unit?: string
  secret?: boolean
  emptyIsValue?: boolean
}

export function setting<T>(
  env: string,
  meaning: string,
  parse: Parser<T>,
  absent: Absent<T>,
  details: Details = {},
): Setting<T> {
  const { unit = null, secret = false, emptyIsValue = false } = details
  return { env, meaning, unit, absent, secret, emptyIsValue, parse }
}

export const required = { kind: 'required' } as const

/** @param sandboxText the sandbox's default where it is another one */
export function byDefault(
  text: string,
  sandboxText?: string,
): { kind: 'default'; text: string; sandboxText?: string } {
  return sandboxText === undefined
    ? { kind: 'default', text }
    : { kind: 'default', text, sandboxText }
}

export function unset<T>(value: T, says: string): Absent<T> {
  return { kind: 'value', value, says }
}

/** A setting that is null where it is unset. */
export function optional<T>(
  env: string,
  meaning: string,
  parse: Parser<T>,
  details: Details & { says?: string } = {},
): Setting<T | null> {
  return setting<T | null>(env, meaning, parse, unset(null, details.says ?? 'none'), details)
}

/** One line that names the variable, what is wrong with its value, and the remedy; or undefined. */
export function findProblem(one: Setting<unknown>, env: Env): string | undefined {
  const text = textOf(one, env)
  if (text === undefined) {
    return one.absent.kind === 'required'
      ? `${one.env} is missing. Set it: ${lowerFirst(one.meaning)}`
      : undefined
  }
  const parsed = one.parse(text)
  if (parsed.ok) return undefined
  const subject = one.secret ? one.env : `${one.env}=${quote(text)}`
  return `${subject} ${parsed.problem}. ${parsed.remedy}`
}

/** @throws Error where `findProblem` has something to say: ask that first */
export function valueOf<T>(one: Setting<T>, env: Env, mode: Mode): T {
  const given = textOf(one, env)
  if (given === undefined && one.absent.kind === 'value') return one.absent.value
  const text = given ?? defaultText(one, mode)
  const parsed = text === undefined ? undefined : one.parse(text)
  if (parsed?.ok !== true) throw new Error(`${one.env} was read before it was checked`)
  return parsed.value
}

/** The default as text, for the parser and for people; undefined where there is none. */
export function defaultText(one: Setting<unknown>, mode: Mode): string | undefined {
  if (one.absent.kind !== 'default') return undefined
  return mode === 'sandbox' ? (one.absent.sandboxText ?? one.absent.text) : one.absent.text
}

/** The text that counts: trimmed, and undefined where it is empty and empty says nothing. */
export function textOf(one: Setting<unknown>, env: Env): string | undefined {
  const text = env[one.env]?.trim()
  return text === '' && !one.emptyIsValue ? undefined : text
}

const SHOWN_CHARACTERS = 60

function quote(text: string): string {
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
  return JSON.stringify(shown)
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text
}
