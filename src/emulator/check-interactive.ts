import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { refuse, refuseParameter } from './refusal.ts'
import type { Refusal } from './refusal.ts'

const LIMITS = {
  header: 60,
  body: 1024,
  footer: 60,
  replyId: 256,
  replyTitle: 20,
  listButton: 20,
  sections: 10,
  rows: 10,
  sectionTitle: 24,
  rowId: 200,
  rowTitle: 24,
  rowDescription: 72,
  urlLabel: 20,
} as const

/** Interactive messages and their limits (reference, section 2.3). */
export function checkInteractive(body: unknown): Refusal | undefined {
  if (!isObject(body)) return refuseParameter('The parameter interactive is required.')
  const { type, header, footer, action } = body
  if (typeof type !== 'string')
    return refuseParameter("The parameter interactive['type'] is required.")
  if (!isObject(action)) return refuseParameter("The parameter interactive['action'] is required.")
  return (
    checkLength('header.text', isObject(header) ? header['text'] : undefined, LIMITS.header) ??
    checkRequired(
      'body.text',
      isObject(body['body']) ? body['body']['text'] : undefined,
      LIMITS.body,
    ) ??
    checkLength('footer.text', isObject(footer) ? footer['text'] : undefined, LIMITS.footer) ??
    checkAction(type, action)
  )
}

function checkAction(type: string, action: JsonObject): Refusal | undefined {
  switch (type) {
    case 'button':
      return checkButtons(action['buttons'])
    case 'list':
      return (
        checkRequired('action.button', action['button'], LIMITS.listButton) ??
        checkSections(action['sections'])
      )
    case 'cta_url': {
      const parameters = isObject(action['parameters']) ? action['parameters'] : {}
      return (
        checkRequired(
          'action.parameters.display_text',
          parameters['display_text'],
          LIMITS.urlLabel,
        ) ?? checkRequired('action.parameters.url', parameters['url'], 2000)
      )
    }
    default:
      return undefined
  }
}

function checkButtons(buttons: unknown): Refusal | undefined {
  if (!Array.isArray(buttons) || buttons.length < 1 || buttons.length > 3) {
    return refuse(131009, 'Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3')
  }
  const ids = new Set<unknown>()
  const titles = new Set<unknown>()
  for (const button of buttons as unknown[]) {
    const reply = isObject(button) && isObject(button['reply']) ? button['reply'] : {}
    const refusal =
      checkRequired('action.buttons.reply.id', reply['id'], LIMITS.replyId) ??
      checkRequired('action.buttons.reply.title', reply['title'], LIMITS.replyTitle)
    if (refusal !== undefined) return refusal
    ids.add(reply['id'])
    titles.add(reply['title'])
  }
  return ids.size === buttons.length && titles.size === buttons.length
    ? undefined
    : refuse(131009, 'Duplicated button titles or ids')
}

function checkSections(sections: unknown): Refusal | undefined {
  if (!Array.isArray(sections) || sections.length < 1 || sections.length > LIMITS.sections) {
    return refuse(131009, `A list has 1 to ${String(LIMITS.sections)} sections`)
  }
  let count = 0
  for (const section of sections as unknown[]) {
    const { title, rows } = isObject(section) ? section : {}
    if (!Array.isArray(rows) || rows.length === 0) return refuse(131009, 'A section needs rows')
    count += rows.length
    const refusal =
      checkLength('action.sections.title', title, LIMITS.sectionTitle) ?? checkRows(rows)
    if (refusal !== undefined) return refusal
  }
  return count <= LIMITS.rows
    ? undefined
    : refuse(131009, `Total row count exceed max allowed count: ${String(LIMITS.rows)}`)
}

function checkRows(rows: readonly unknown[]): Refusal | undefined {
  for (const row of rows) {
    const { id, title, description } = isObject(row) ? row : {}
    const refusal =
      checkRequired('action.sections.rows.id', id, LIMITS.rowId) ??
      checkRequired('action.sections.rows.title', title, LIMITS.rowTitle) ??
      checkLength('action.sections.rows.description', description, LIMITS.rowDescription)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

function checkRequired(path: string, value: unknown, limit: number): Refusal | undefined {
  if (typeof value !== 'string' || value === '') {
    return refuse(131008, `interactive.${path} is missing`)
  }
  return checkLength(path, value, limit)
}

function checkLength(path: string, value: unknown, limit: number): Refusal | undefined {
  if (typeof value !== 'string' || value.length <= limit) return undefined
  return refuse(131009, `interactive.${path} is longer than ${String(limit)} characters`)
}
