/** What is to be said of the templates that orders would go out with. Pure. */

import { failed, ok } from './check.ts'
import type { Finding } from './check.ts'

/** How an order in a language would go out. */
export interface OrderPreview {
  /** The language that the order names. */
  asked: string
  /** The template and the language that the order would get. */
  name: string
  language: string
  /** Meta's word; null: orders have no such template. */
  status: string | null
}

export interface OrderPreviews {
  previews: readonly OrderPreview[]
  /** False: the database cannot say yet which template was chosen. */
  isMigrated: boolean
}

const UNKNOWN_CHOICE = '; which template orders use is known once the database is migrated'
const SUBMIT =
  'Submit it with npx aviso templates create, or choose another one (npx aviso templates edit ' +
  'NAME/LANGUAGE --template-key po_approved --active yes), and wait for Meta’s review; orders are held until then.'
const LOOK =
  'npx aviso templates events NAME/LANGUAGE says what happened to it: wait for a review and for a pause, edit what is rejected, replace what is disabled.'

export function judgeTemplates({ previews, isMigrated }: OrderPreviews): Finding {
  const note = isMigrated ? '' : UNKNOWN_CHOICE
  const wrong = previews.filter(({ status }) => status !== 'APPROVED')
  if (wrong.length === 0) {
    return ok(`${byName(previews, 'is approved', usedWords)}${note}`)
  }
  const isThere = wrong.some(({ status }) => status !== null)
  const isMissing = wrong.some(({ status }) => status === null)
  return failed(
    `${byName(wrong, 'is not approved', heldWords)}${note}`,
    [...(isMissing ? [SUBMIT] : []), ...(isThere ? [LOOK] : [])].join(' '),
    'templates',
  )
}

/** `po_notification is approved in en, es; po_reply is approved in de` */
function byName(
  previews: readonly OrderPreview[],
  verdict: string,
  words: (preview: OrderPreview) => string,
): string {
  return [...new Set(previews.map(({ name }) => name))]
    .map((name) => {
      const languages = previews.filter((one) => one.name === name).map(words)
      return `${name} ${verdict} in ${languages.join(', ')}`
    })
    .join('; ')
}

function usedWords({ asked, language }: OrderPreview): string {
  return asked === language ? asked : `${language} (for ${asked})`
}

function heldWords({ asked, language, status }: OrderPreview): string {
  const why = status ?? 'missing'
  return asked === language ? `${asked} (${why})` : `${language} (${why}; for ${asked})`
}
