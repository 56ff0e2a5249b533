import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { objectAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { printable } from '../printable.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { printList } from './list-pages.ts'
import { findTemplateId, TEMPLATES_PATH } from './template-drafts.ts'
import { withClient } from './with-client.ts'

interface EventsFlags extends ClientFlags {
  limit: number
}

/** Adds events to `aviso templates`: what happened to one, and who did it. */
export function addTemplateEvents(templates: Command, context: CommandContext): void {
  const events = templates
    .command('events')
    .description('what happened to a template and who did it, newest first')
    .argument('<template>', 'id, or name/language: po_notification/es')
    .option('--limit <n>', 'how many at most', readLimit, 50)
  withClientOptions(events).action(
    context.run((which: string, flags: EventsFlags) =>
      withClient(flags, context, async (client) => {
        const id = await findTemplateId(client, which)
        const path = `${TEMPLATES_PATH}/${encodeURIComponent(id)}/events`
        await printList(
          client,
          context,
          { path, query: {}, limit: flags.limit, json: flags.json },
          { head: ['AT', 'WHAT', 'WHO', 'DETAIL'], row: eventRow, none: 'No events.' },
        )
      }),
    ),
  )
}

function eventRow(event: JsonObject): string[] {
  return [
    printable(textAt(event, 'at') ?? '').replace(/\.\d+Z$/, 'Z'),
    printable(textAt(event, 'kind') ?? ''),
    printable(textAt(event, 'actor') ?? 'Meta'),
    printable(
      [detailWords(objectAt(event, 'detail')), costWords(event)].filter(Boolean).join('; '),
    ),
  ]
}

/** `UTILITY → MARKETING, correct_category MARKETING` */
function detailWords(detail: JsonObject | null): string {
  if (detail === null) return ''
  const { from, to, ...rest } = detail
  const moved =
    typeof to !== 'string' ? [] : [typeof from === 'string' && from !== to ? `${from} → ${to}` : to]
  const others = Object.entries(rest).flatMap(([name, value]) =>
    value === null ? [] : [`${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`],
  )
  return [...moved, ...others].join(', ')
}

function costWords(event: JsonObject): string {
  const cost = objectAt(event, 'cost')
  if (cost === null) return ''
  const word = (key: string): string => textAt(cost, key) ?? ''
  return (
    `${word('more')} ${word('currency')} more for the ${word('messages')} messages ` +
    `of the ${word('days')} days before`
  )
}

function readLimit(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value < 1) throw new InvalidArgumentError('It is not a whole number from 1.')
  return value
}
