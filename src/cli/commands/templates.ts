import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { ServiceClient } from '../client.ts'
import { objectAt, objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { describeTemplate, TEMPLATE_HEAD, templateRow } from '../show-template.ts'
import { findMember, splitArray } from '../split-json.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { addTemplateLint } from './template-lint.ts'
import { addTemplateChange } from './template-change.ts'
import { addTemplateCreate } from './template-create.ts'
import { findTemplateId, TEMPLATES_PATH } from './template-drafts.ts'
import { ok, withClient } from './with-client.ts'

interface ListFlags extends ClientFlags {
  name?: string
  status?: string
  language?: string
  category?: string
  limit: number
}

/** The API's own largest page. */
const MAX_PAGE = 200

export function addTemplates(program: Command, context: CommandContext): void {
  const templates = program
    .command('templates')
    .description("Meta's templates: list, show, check, create, edit, delete; read Meta's list anew")
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
  addTemplateLint(templates, context)
  addTemplateCreate(templates, context)
  addTemplateChange(templates, context)
}

async function listTemplates(
  client: ServiceClient,
  flags: ListFlags,
  { io, colors }: CommandContext,
): Promise<void> {
  const rows: JsonObject[] = []
  let count = 0
  let cursor: string | undefined
  do {
    const { body, text } = await ok(
      client.call('GET', TEMPLATES_PATH, {
        query: {
          name: flags.name,
          status: flags.status,
          language: flags.language,
          category: flags.category,
          limit: String(Math.min(MAX_PAGE, flags.limit - count)),
          cursor,
        },
      }),
    )
    const page = objectsAt(body, 'data')
    count += page.length
    if (flags.json === true) {
      for (const line of splitArray(findMember(text, 'data') ?? '[]')) io.out(jsonLine(line))
    }
    rows.push(...page)
    cursor = page.length === 0 ? undefined : (textAt(body, 'next_cursor') ?? undefined)
  } while (cursor !== undefined && count < flags.limit)
  if (flags.json !== true) {
    if (rows.length === 0) io.out('No templates.')
    else {
      const { renderTable } = await import('../table.ts')
      const head = TEMPLATE_HEAD.map((word) => colors.dim(word))
      io.out(
        renderTable(
          head,
          rows.map((row) => templateRow(row, colors)),
        ),
      )
    }
  }
  if (cursor !== undefined) io.err('There are more: a larger --limit, or a narrower question.')
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
