/** Buttons of a draft (reference, section 3.2). Pure. */

import { lengthInWords } from '../lib/text-length.ts'
import { textOf } from './lint-draft.ts'
import type { DraftComponent, DraftPart } from './lint-draft.ts'
import { finding } from './lint-rules.ts'
import type { Finding } from './lint-rules.ts'
import { namesOf } from './lint-variables.ts'

const MOST = 10
const MOST_OF_TYPE: Readonly<Record<string, number>> = { URL: 2, PHONE_NUMBER: 1, COPY_CODE: 1 }
const LABEL = 25
const URL_LENGTH = 2000
/** More than these are shown behind one. */
const SHOWN = 3
/** Those with a label of the sender's; the others belong to catalogues, flows, codes and calls. */
const TYPES = new Set(['QUICK_REPLY', 'URL', 'PHONE_NUMBER', 'COPY_CODE'])
const OTHER_TYPES = new Set([
  'OTP',
  'FLOW',
  'CATALOG',
  'MPM',
  'SPM',
  'ORDER_DETAILS',
  'VOICE_CALL',
  'APP',
  'REQUEST_CONTACT_INFO',
])

export function lintButtons(component: DraftComponent): Finding[] {
  const { buttons, path } = component
  return [
    ...lintCounts(buttons, `${path}.buttons`),
    ...lintTogether(buttons, `${path}.buttons`),
    ...buttons.flatMap(lintButton),
    ...lintRepeated(buttons),
  ]
}

function lintCounts(buttons: readonly DraftPart[], path: string): Finding[] {
  if (buttons.length === 0 || buttons.length > MOST) {
    const detail = `has ${String(buttons.length)} buttons`
    const remedy = `Send 1 to ${String(MOST)}, or leave the component out.`
    return [finding('buttons_count', path, detail, remedy)]
  }
  return Object.entries(MOST_OF_TYPE).flatMap(([type, most]) => {
    const count = buttons.filter((button) => button.type === type).length
    if (count <= most) return []
    const detail = `has ${String(count)} buttons of type ${type}`
    return [finding('buttons_of_type', path, detail, `Keep ${String(most)} at most.`)]
  })
}

/** Quick replies stand together; and what of the buttons a recipient will not see at once. */
function lintTogether(buttons: readonly DraftPart[], path: string): Finding[] {
  const quick = buttons.map((button) => button.type === 'QUICK_REPLY')
  const count = quick.filter(Boolean).length
  const found: Finding[] = []
  if (count > 0 && quick.lastIndexOf(true) - quick.indexOf(true) + 1 > count) {
    const remedy = 'Put all quick replies before or after the others.'
    found.push(
      finding('buttons_contiguous', path, 'has other buttons between quick replies', remedy),
    )
  }
  if (buttons.length > SHOWN) {
    const detail = `shows ${String(SHOWN - 1)} of ${String(buttons.length)} buttons at once, the others behind "See all options"`
    found.push(finding('buttons_collapsed', path, detail, 'Keep three, the most important first.'))
  }
  if (buttons.length > SHOWN || (count > 0 && count < buttons.length)) {
    const detail =
      buttons.length > SHOWN
        ? 'has four buttons or more: WhatsApp on a desktop does not show the message'
        : 'has quick replies beside other buttons: WhatsApp on a desktop does not show the message'
    const remedy = 'Keep three buttons at most, all of them quick replies or none.'
    found.push(finding('buttons_desktop', path, detail, remedy))
  }
  return found
}

function lintButton(button: DraftPart): Finding[] {
  const { type, path } = button
  if (OTHER_TYPES.has(type)) return []
  if (!TYPES.has(type)) {
    const remedy = 'Send QUICK_REPLY, URL, PHONE_NUMBER or COPY_CODE.'
    return [finding('button_type', `${path}.type`, 'is no type of a button', remedy)]
  }
  switch (type) {
    case 'URL':
      return [...lintLabel(button), ...lintUrl(button)]
    case 'PHONE_NUMBER':
      return [...lintLabel(button), ...lintPhone(button)]
    case 'COPY_CODE':
      return lintCode(button)
    default:
      return lintLabel(button)
  }
}

function lintLabel({ path, text }: DraftPart): Finding[] {
  const label = text ?? ''
  const at = `${path}.text`
  if (label.trim() === '' || label.length > LABEL) {
    const detail = label.trim() === '' ? 'is empty' : `has ${lengthInWords(label)}`
    const remedy = `Write 1 to ${String(LABEL)} characters.`
    return [finding('button_label_length', at, detail, remedy)]
  }
  if (!label.includes('{{')) return []
  const remedy = 'Write the label out; a button says the same to everybody.'
  return [finding('button_label_variables', at, 'has a variable', remedy)]
}

function lintUrl({ path, given }: DraftPart): Finding[] {
  const url = textOf(given['url'])
  const at = `${path}.url`
  if (!/^https?:\/\/[^\s/]+\.[^\s]+$|^https?:\/\/[^\s/.{}]+(?:\/\S*)?$/i.test(url)) {
    const remedy = 'Send a whole address that begins with https://.'
    return [finding('url_format', at, 'is no address of the web', remedy)]
  }
  if (/^https?:\/\/(?:www\.)?(?:wa\.me|api\.whatsapp\.com)\b/i.test(url)) {
    const remedy = 'Link to a page of your own.'
    return [finding('url_wa_me', at, 'is a link into WhatsApp, which Meta refuses', remedy)]
  }
  if (url.length > URL_LENGTH) {
    const detail = `has ${lengthInWords(url)}; Meta allows ${String(URL_LENGTH)}`
    return [finding('url_length', at, detail, 'Shorten it.')]
  }
  return lintUrlVariable(url, at, path, given)
}

function lintUrlVariable(
  url: string,
  at: string,
  path: string,
  given: DraftPart['given'],
): Finding[] {
  const names = namesOf(url)
  if (names.length === 0 && !url.includes('{{')) return []
  if (names.length !== 1 || !url.endsWith('{{1}}')) {
    const remedy = 'Write one variable, {{1}}, at the very end, also in a template with named ones.'
    return [finding('url_variable', at, 'has its variable in another place or form', remedy)]
  }
  const example = given['example']
  const value: unknown = Array.isArray(example) ? example[0] : example
  if (Array.isArray(example) && typeof value === 'string' && value.trim() !== '') return []
  const remedy = `Send ["${url.replace('{{1}}', 'PO-2026-0042')}"].`
  return [finding('example_missing', `${path}.example`, 'is missing for the variable', remedy)]
}

function lintPhone({ path, given }: DraftPart): Finding[] {
  const number = textOf(given['phone_number'])
  if (/^\+?\d[\d ()-]{5,18}$/.test(number)) return []
  const remedy = 'Send the number with + and country code, 20 characters at most.'
  return [finding('phone_number', `${path}.phone_number`, 'is no phone number', remedy)]
}

function lintCode({ path, given }: DraftPart): Finding[] {
  const example = given['example']
  const value: unknown = Array.isArray(example) ? example[0] : example
  if (typeof value === 'string' && value.trim() !== '' && value.length <= 15) return []
  const remedy = 'Send a code of 15 characters at most, such as "PO-2026-0042".'
  return [finding('example_missing', `${path}.example`, 'is missing: a code to copy', remedy)]
}

function lintRepeated(buttons: readonly DraftPart[]): Finding[] {
  const seen = new Set<string>()
  return buttons.flatMap(({ text, path }) => {
    const label = (text ?? '').trim().toLowerCase()
    if (label === '' || !seen.has(label)) {
      seen.add(label)
      return []
    }
    const remedy = 'Give each button a label of its own: an answer is read by it.'
    return [
      finding('button_label_repeated', `${path}.text`, 'is the label of another button', remedy),
    ]
  })
}
