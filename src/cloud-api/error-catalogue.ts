/**
 * Meta's error codes as data of our own: what each means in a buyer's words, what to do about it, and
 * what the dispatcher does (reference, section 8; actions by the design's outcome classes).
 */

import { NO_GRAPH_CODE } from './graph-error.ts'
import rows from './error-catalogue.json' with { type: 'json' }

/**
 * - `retry`: this message later, with backoff
 * - `wait_pair`: only this recipient waits
 * - `wait_number`: the whole number pauses, the message is tried again
 * - `hold_channel`, `hold_template`: the number or the template is held until a probe succeeds
 * - `fail`: this message will not work as it is
 */
export type ErrorAction =
  'retry' | 'wait_pair' | 'wait_number' | 'hold_channel' | 'hold_template' | 'fail'

/** Why something is held, in the interface's words. */
export type CatalogueHoldReason =
  | 'token'
  | 'account'
  | 'payment'
  | 'number'
  | 'template_not_approved'
  | 'template_paused'
  | 'template_disabled'

/** Whom Meta blames. */
export type ErrorScope =
  'message' | 'request' | 'recipient' | 'template' | 'phone_number' | 'account' | 'platform'

export interface CatalogueEntry {
  code: number
  /** Last code of a range. */
  code_max?: number
  /** The code under which Meta sends this one as subcode. */
  subcode_of?: number
  /** Meta's title. */
  title: string
  action: ErrorAction
  scope: ErrorScope
  /** With `hold_channel` and `hold_template`, and only with them. */
  hold_reason?: CatalogueHoldReason
  /** Trying again sooner is refused again. */
  min_backoff_seconds?: number
  /** When to let one message through a held number or template; default 60 s. */
  probe_after_seconds?: number
  /** In our words, for a buyer. */
  meaning: string
  /** What to do, and where. */
  remedy: string
  /** Where the code is described: Meta's pages by date, or a library's list. */
  source: string
}

/** An error in words: what Meta says, and what we advise. */
export interface DescribedError {
  /** As it is shown: null where there is none. */
  code: string | null
  title: string
  detail: string | null
  remedy: string
}

export const ERROR_CATALOGUE: readonly CatalogueEntry[] = rows as CatalogueEntry[]

/** Our own codes, for what never came to Meta. */
export const OWN_ERRORS: Readonly<Record<string, { title: string; remedy: string }>> = {
  no_phone: {
    title: 'The order has no phone number of the supplier',
    remedy: 'Record the number in the ERP or the supplier directory, then retry the message.',
  },
  invalid_phone: {
    title: "The supplier's phone number cannot be read",
    remedy: 'Write it with + and country code, in the ERP or the supplier directory, then retry.',
  },
  opted_out: {
    title: 'The supplier does not want messages',
    remedy: 'Send the order by another channel, or ask the supplier to agree again.',
  },
  expired: {
    title: 'The message could not be sent in time',
    remedy: 'Look at why it had to wait; retry it if the order still matters.',
  },
  canceled: {
    title: 'The message was canceled',
    remedy: 'Retry it if it should be sent after all.',
  },
  not_sent: {
    title: 'A person decided that the message was not sent',
    remedy: 'Retry it, or send the order by another channel.',
  },
  batch_stopped: {
    title: 'The batch was stopped because too many of its messages failed',
    remedy: 'Look at the failures, mend their cause, and send the rest again.',
  },
}

/**
 * What the database keeps as the code of a failure for which Meta gives none: a failed row has to say
 * why. It is no code of the interface: whatever is shown has {@link shownCode} instead.
 */
export const UNNAMED_ERROR = 'unknown'

/** For the table of our own codes, where it stands as null. */
export const UNNAMED_WORDS = {
  title: 'Meta says that the message failed, and gives no code',
  remedy:
    'Ask the supplier whether the order arrived; if it did not, retry the message or send the order by another channel.',
}

/** A stored code as the interface has it: none that is neither Meta's nor one of {@link OWN_ERRORS}. */
export function shownCode(code: string | null): string | null {
  return code === null || NO_CODES.has(code) ? null : code
}
const NO_CODES = new Set(['', UNNAMED_ERROR, String(NO_GRAPH_CODE)])

const BEFORE_META = {
  title: 'Something between Aviso and Meta refused the call',
  remedy:
    'Look at WHATSAPP_GRAPH_URL and WHATSAPP_API_VERSION, and at the proxy or firewall on the way; it is tried again by itself.',
}
const NO_CODE_REMEDY = 'Nothing now: what follows from it stands in the next entries.'
const UNKNOWN_REMEDY =
  "Look the code up in Meta's documentation; correct the cause, then retry the message."

const BY_CODE = new Map<number, CatalogueEntry>()
const BY_SUBCODE = new Map<string, CatalogueEntry>()
for (const entry of ERROR_CATALOGUE) {
  BY_CODE.set(entry.code, entry)
  if (entry.subcode_of !== undefined)
    BY_SUBCODE.set(subcodeKey(entry.subcode_of, entry.code), entry)
}
const RANGES = ERROR_CATALOGUE.filter((entry) => entry.code_max !== undefined)

/**
 * The entry of a code: its subcode's where there is one, else its own, else its range's; undefined
 * for a code we do not know.
 */
export function findError(code: number, subcode?: number | null): CatalogueEntry | undefined {
  return (
    BY_SUBCODE.get(subcodeKey(code, subcode ?? undefined)) ??
    BY_CODE.get(code) ??
    RANGES.find((entry) => code > entry.code && code <= (entry.code_max ?? entry.code))
  )
}

/** What is held for a code until a probe succeeds. */
export interface GateOfError {
  scope: 'number' | 'template'
  reason: CatalogueHoldReason
  /** At least; 0 = as the gate's own schedule says, null = never by itself. */
  probeAfterMs: number | null
}

export function gateOf(
  action: Extract<ErrorAction, 'hold_channel' | 'hold_template'>,
  entry: CatalogueEntry,
): GateOfError {
  const probeAfterMs = (entry.probe_after_seconds ?? 0) * 1000
  if (action === 'hold_channel') {
    return { scope: 'number', reason: entry.hold_reason ?? 'account', probeAfterMs }
  }
  const reason = entry.hold_reason ?? 'template_not_approved'
  // Meta never enables a disabled template again: only a person helps.
  const isFinal = reason === 'template_disabled'
  return { scope: 'template', reason, probeAfterMs: isFinal ? null : probeAfterMs }
}

function subcodeKey(code: number, subcode: number | undefined): string {
  return `${String(code)}/${String(subcode)}`
}

function findOwnError(code: string): { title: string; remedy: string } | undefined {
  if (code === String(NO_GRAPH_CODE)) return BEFORE_META
  if (code === UNNAMED_ERROR) return UNNAMED_WORDS
  return Object.hasOwn(OWN_ERRORS, code) ? OWN_ERRORS[code] : undefined
}

/**
 * Words for an error code.
 *
 * @param code Meta's number as text, one of ours, {@link UNNAMED_ERROR}, or empty for an attempt without
 *   an answer
 * @param title what Meta said, where it said something; wins over the catalogue's
 * @param detail Meta's sentence; the catalogue's meaning stands in for it
 */
export function describeError(
  code: string,
  title?: string,
  detail?: string | null,
): DescribedError {
  const own = findOwnError(code)
  if (own !== undefined) {
    return {
      code: shownCode(code),
      title: own.title,
      detail: detail ?? title ?? null,
      remedy: own.remedy,
    }
  }
  const entry = /^\d+$/.test(code) ? findError(Number(code)) : undefined
  return {
    code: shownCode(code),
    title: title ?? entry?.title ?? 'An error that Aviso does not know',
    detail: detail ?? entry?.meaning ?? null,
    remedy: entry?.remedy ?? (code === '' ? NO_CODE_REMEDY : UNKNOWN_REMEDY),
  }
}

const GIVEN_UP =
  'Meta had taken the message and gave it up, and what it has given up is not tried again by itself: retry the ' +
  'message after some minutes, or send the order by another channel.'
const FAILED_MEANWHILE =
  'That is for messages that wait; this one has failed: retry it when it is done.'

/**
 * Words for the error of a message that has failed. Meta says by webhook, too, what otherwise makes a message wait
 * (reference, 2.5): then nothing goes out by itself, whatever the code's remedy says of those that wait.
 */
export function describeFailure(
  code: string,
  title?: string,
  detail?: string | null,
): DescribedError {
  const error = describeError(code, title, detail)
  const action = /^\d+$/.test(code) ? findError(Number(code))?.action : undefined
  switch (action) {
    case 'retry':
    case 'wait_pair':
    case 'wait_number':
      return { ...error, remedy: GIVEN_UP }
    case 'hold_channel':
    case 'hold_template':
      return { ...error, remedy: `${error.remedy} ${FAILED_MEANWHILE}` }
    case 'fail':
    case undefined:
      return error
  }
}
