/** Why a change of a template was not made, in the words of the interface. */

import { findError } from '../cloud-api/error-catalogue.ts'
import type { CatalogueEntry } from '../cloud-api/error-catalogue.ts'
import { AppError } from '../lib/errors.ts'
import type { FieldError } from '../lib/errors.ts'
import { nameFields } from '../lib/schema-faults.ts'
import type { MetaRefusal, Refused } from '../template/manage-templates.ts'

/** Meta counts management calls, and creations, by the hour. */
const QUOTA_CODES = new Set([4, 613, 80007, 80008])
const QUOTA_WAIT_SECONDS = 300
const QUOTA_REMEDY =
  'Try again later: Meta counts such calls by the hour. Look for other programs that use this account.'
/** "Not in its present status", which the linter cannot know. */
const STATE_CODE = 2388039
/** So many templates that Meta takes no more: nothing is wrong with the account, and waiting does not help. */
const TOO_MANY_CODE = 2388019
const INVALID_PARAMETER = 100

export function refusedError(refused: Refused): AppError {
  switch (refused.kind) {
    case 'invalid':
      return invalid(nameFields('the template', refused.errors), refused.errors)
    case 'state':
      return new AppError('invalid_state', refused.detail)
    case 'too_often':
      return new AppError('rate_limited', refused.detail, {
        retryAfterSeconds: refused.retryAfterSeconds,
      })
    case 'unreachable': {
      const what = refused.mayBeDone
        ? 'It may have been done: look with aviso templates sync before you try again.'
        : 'Nothing was done; try again.'
      return new AppError('unavailable', `Meta gave no answer: ${refused.reason}. ${what}`)
    }
    case 'refused':
      return refusalError(refused.refusal)
  }
}

function invalid(detail: string, errors: readonly FieldError[]): AppError {
  return new AppError('validation_failed', `${capital(detail)}.`, { errors })
}

/** Meta's own words, and what to do. Its subcode says more than its code, where it has one. */
function refusalError(refusal: MetaRefusal): AppError {
  const { error, userMessage, userTitle, httpStatus, retryAfterMs } = refusal
  // Of an invalid parameter the subcode says which.
  const code = error.code === INVALID_PARAMETER ? (error.subcode ?? error.code) : error.code
  const entry = code === error.code ? findError(code, error.subcode) : findError(code)
  const said = userMessage ?? error.details ?? userTitle ?? error.title
  const remedy = remedyOf(entry, error)
  const detail = `Meta refused it (${String(code)}): ${said.replace(/\.$/, '')}. ${remedy}`
  const errors = [{ field: fieldOf(code), code: String(code), detail: said, remedy }]
  if (QUOTA_CODES.has(error.code)) {
    const retryAfterSeconds = retryAfterMs === null ? QUOTA_WAIT_SECONDS : retryAfterMs / 1000
    return new AppError('rate_limited', detail, { errors, retryAfterSeconds })
  }
  if (code === STATE_CODE) return new AppError('invalid_state', detail, { errors })
  const isOurs = entry?.action === 'hold_channel' || entry?.scope === 'account'
  if (code === TOO_MANY_CODE) return new AppError('validation_failed', detail, { errors })
  if (isOurs || httpStatus >= 500) return new AppError('unavailable', detail, { errors })
  return new AppError('validation_failed', detail, { errors })
}

/** The catalogue speaks of messages; of a parameter that Meta does not name more closely, of templates. */
function remedyOf(entry: CatalogueEntry | undefined, error: MetaRefusal['error']): string {
  if (QUOTA_CODES.has(error.code)) return QUOTA_REMEDY
  if (entry !== undefined && entry.code !== INVALID_PARAMETER) return entry.remedy
  return error.subcode === null
    ? 'Correct what Meta names; aviso templates lint knows its rules.'
    : "Correct it as Meta's words say, and submit it again."
}

/** What the subcode is about, in the create body. */
function fieldOf(code: number): string {
  switch (code) {
    case 2388023:
    case 2388024:
      return 'name'
    case 2388040:
    case 2388047:
    case 2388072:
    case 2388073:
    case 2388293:
    case 2388299:
      return 'components'
    default:
      return ''
  }
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
