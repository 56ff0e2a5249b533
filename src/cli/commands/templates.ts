import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { ServiceClient } from '../client.ts'
import { objectAt, objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { describeTemplate, TEMPLATE_HEAD, templateRow } from '../show-template.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { addTemplateEvents } from './template-events.ts'
import { addTemplateLint } from './template-lint.ts'
import { addTemplateChange } from './template-change.ts'
import { addTemplateCreate } from './template-create.ts'
import { findTemplateId, TEMPLATES_PATH } from './template-drafts.ts'
import { ok, withClient } from './with-client.ts'
import { printList } from './list-pages.ts'

interface ListFlags extends ClientFlags {
  name?: string
  status?: string
  language?: string
  category?: string
  limit: number
}

export function addTemplates(program: Command, context: CommandContext): void {
  const templates = program
    .command('templates')
    .description(
      "Meta's templates: list, show, events, check, create, edit, delete; read Meta's list anew",
    )
  const list = templates
    .command('list', { isDefault: true })
    .description('templates in the registry, newest first')
    .option('--name <name>', 'all languages of this name')
    .option('--status <status>', 'APPROVED, PENDING, REJECTED, PAUSED, DISABLED, DELETED, …')
    .option('--language <code>', "Meta's code: es, pt_BR")
    .option('--category <category>', 'UTILITY, MARKETING or AUTHENTICATION')
    .option('--limit <n>', 'how many at most', readLimit, 1000)
  withClientOptions(list).action(
    context.run((flags: ListFlags) =>
      withClient(flags, context, (client) => listTemplates(client, flags, context)),
    ),
  )
  const show = templates
    .command('show')
    .description('one template: its state, and its text as Meta has it')
    .argument('<template>', 'id, or name/language: po_notification/es')
  withClientOptions(show).action(
    context.run((which: string, flags: ClientFlags) =>
      withClient(flags, context, (client) => showTemplate(client, which, flags, context)),
    ),
  )
  const sync = templates
    .command('sync')
    .description(
      "read Meta's list now and say what has changed; it is read every ten minutes anyway",
    )
  withClientOptions(sync).action(
    context.run((flags: ClientFlags) =>
      withClient(flags, context, (client) => syncTemplates(client, flags, context)),
    ),
  )
  addTemplateEvents(templates, context)
  addTemplateLint(templates, context)
  addTemplateCreate(templates, context)
  addTemplateChange(templates, context)
}

function listTemplates(
  client: ServiceClient,
  flags: ListFlags,
  context: CommandContext,
): Promise<void> {
  const { name, status, language, category, limit, json } = flags
  return printList(
    client,
    context,
    { path: TEMPLATES_PATH, query: { name, status, language, category }, limit, json },
    {
      head: TEMPLATE_HEAD,
      row: (row) => templateRow(row, context.colors),
      none: 'No templates.',
    },
  )
}

async function showTemplate(
  client: ServiceClient,
  which: string,
  flags: ClientFlags,
  { io, colors }: CommandContext,
): Promise<void> {
  const id = await findTemplateId(client, which)
  const { body, text } = await ok(client.call('GET', `${TEMPLATES_PATH}/${encodeURIComponent(id)}`))
  const lines = flags.json === true ? [jsonLine(text)] : describeTemplate(body, colors)
  for (const line of lines) io.out(line)
}

async function syncTemplates(
  client: ServiceClient,
  flags: ClientFlags,
  { io }: CommandContext,
): Promise<void> {
  const { body, text } = await ok(client.call('POST', `${TEMPLATES_PATH}/sync`))
  if (flags.json === true) {
    io.out(jsonLine(text))
    return
  }
  const changes = objectsAt(body, 'changes')
  const total = textAt(body, 'templates') ?? '0'
  const what = changes.length === 0 ? 'nothing has changed' : `${String(changes.length)} changed`
  io.out(`Read ${total} templates: ${what}.`)
  for (const change of changes) io.out(`  ${changeLine(change)}`)
}

function changeLine(change: JsonObject): string {
  const named = `${textAt(change, 'template_name') ?? ''}/${textAt(change, 'language') ?? ''}`
  const announced = textAt(change, 'correct_category')
  const words = [
    moved(objectAt(change, 'status')),
    moved(objectAt(change, 'category')),
    ...(announced === null ? [] : [`Meta has announced ${announced}`]),
    ...[textAt(change, 'rejected_reason')].filter((reason) => reason !== null),
  ]
  return printable(`${named}: ${words.filter((word) => word !== '').join(', ')}`)
}

function moved(change: JsonObject | null): string {
  const from = textAt(change ?? {}, 'from')
  const to = textAt(change ?? {}, 'to') ?? ''
  return from === null || from === to ? to : `${from} → ${to}`
}

function readLimit(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value < 1) throw new InvalidArgumentError('It is not a whole number from 1.')
  return value
}
