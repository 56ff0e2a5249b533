/** How a template is shown: as a row of a table, and whole. */

import type { CommandContext } from './commands/context.ts'
import { objectAt, objectsAt, textAt } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import { printable } from './printable.ts'

type Colors = CommandContext['colors']

export const TEMPLATE_HEAD = [
  'NAME',
  'LANGUAGE',
  'CATEGORY',
  'STATUS',
  'QUALITY',
  'KEY',
  'SENT',
  'ID',
]

export function templateRow(row: JsonObject, colors: Colors): string[] {
  return [
    cell(row, 'template_name'),
    cell(row, 'language'),
    cell(row, 'category'),
    colorStatus(cell(row, 'status'), colors),
    cell(row, 'quality'),
    cell(row, 'template_key'),
    cell(row, 'sent_count'),
    cell(row, 'id'),
  ]
}

export function describeTemplate(row: JsonObject, colors: Colors): string[] {
  const announced = cell(row, 'correct_category')
  const facts: [string, string][] = [
    ['status', colorStatus(cell(row, 'status'), colors)],
    ['reason', cell(row, 'rejected_reason')],
    ['category', cell(row, 'category')],
    ['before', cell(row, 'previous_category')],
    ['announced', announced === '' ? '' : colors.yellow(announced)],
    ['quality', cell(row, 'quality')],
    ['key', cell(row, 'template_key')],
    ['active', textAt(row, 'is_active') === 'false' ? 'no' : ''],
    ['parameters', `${cell(row, 'parameter_count')} ${cell(row, 'parameter_format')}`],
    ['sent', cell(row, 'sent_count')],
    ["Meta's id", cell(row, 'meta_id')],
    ['read', cell(row, 'synced_at')],
    ['id', cell(row, 'id')],
  ]
  return [
    `${colors.bold(cell(row, 'template_name'))} ${cell(row, 'language')}`,
    ...facts.flatMap(([name, value]) => (value === '' ? [] : [`  ${name.padEnd(12)}${value}`])),
    ...objectsAt(row, 'components').flatMap((component) => componentLines(component, colors)),
  ]
}

function componentLines(component: JsonObject, colors: Colors): string[] {
  const kind = [cell(component, 'type'), cell(component, 'format')].filter((word) => word !== '')
  const text = textAt(component, 'text')
  const lines = text === null ? [] : text.split('\n')
  const buttons = objectsAt(component, 'buttons').map((button) =>
    ['type', 'text', 'url', 'phone_number'].map((key) => cell(button, key)).join(' '),
  )
  const example = objectAt(component, 'example')
  const shown = example === null ? [] : [colors.dim(`example ${JSON.stringify(example)}`)]
  return [
    '',
    colors.bold(kind.join(' ')),
    ...[
      ...lines.map(printable),
      ...buttons.map((line) => line.trim()),
      ...shown.map(printable),
    ].map((line) => `  ${line}`),
  ]
}

function colorStatus(status: string, colors: Colors): string {
  if (status === 'APPROVED') return colors.green(status)
  return status === 'PENDING' ? colors.yellow(status) : colors.red(status)
}

function cell(row: JsonObject, key: string): string {
  return printable(textAt(row, key) ?? '')
}
