import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { CliError, EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import type { ServiceClient } from '../client.ts'
import { objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { findingLines, findTemplateId, readDrafts, TEMPLATES_PATH } from './template-drafts.ts'
import { judgeWithClient, ok, withClient } from './with-client.ts'

interface EditFlags extends ClientFlags {
  /** `none` for no key; `key` is the API key's. */
  templateKey?: string
  active?: boolean
}

interface DeleteFlags extends ClientFlags {
  allLanguages?: boolean
  yes?: boolean
}

const WHICH = 'id, or name/language: po_notification/es'

/** Adds edit and delete to `aviso templates`. */
export function addTemplateChange(templates: Command, context: CommandContext): void {
  const edit = templates
    .command('edit')
    .description('change the words of a template, or whether orders use it')
    .argument('<template>', WHICH)
    .argument('[file]', "Meta's body as JSON: components as a whole; - for standard input")
    .option('--template-key <key>', 'po_approved: orders use it; none: they do not')
    .option('--active <yes|no>', 'no: orders do not use it in this language', readYes)
  withClientOptions(edit).action(
    context.run((which: string, file: string | undefined, flags: EditFlags) =>
      withClient(flags, context, (client) => editOne(client, which, file, flags, context)),
    ),
  )
  const remove = templates
    .command('delete')
    .description('delete a template at Meta; says first what follows, and asks')
    .argument('<template>', WHICH)
    .option('--all-languages', 'the whole name, not this language alone')
    .option('-y, --yes', 'do not ask')
  withClientOptions(remove).action(
    context.run((which: string, flags: DeleteFlags) =>
      judgeWithClient(flags, context, (client) => deleteOne(client, which, flags, context)),
    ),
  )
}

async function editOne(
  client: ServiceClient,
  which: string,
  file: string | undefined,
  flags: EditFlags,
  { io, colors }: CommandContext,
): Promise<void> {
  const [draft = {}] = file === undefined ? [] : await readDrafts(file, io)
  const change = {
    ...draft,
    ...(flags.templateKey !== undefined && {
      template_key: flags.templateKey === 'none' ? null : flags.templateKey,
    }),
    ...(flags.active !== undefined && { is_active: flags.active }),
  }
  if (Object.keys(change).length === 0) {
    const detail = 'Nothing to change: give a file, --template-key or --active.'
    throw new CliError(EXIT.usage, 'invalid_query', detail)
  }
  const id = await findTemplateId(client, which)
  const path = `${TEMPLATES_PATH}/${encodeURIComponent(id)}`
  const { body, text } = await ok(client.call('PATCH', path, { body: JSON.stringify(change) }))
  if (flags.json === true) {
    io.out(jsonLine(text))
    return
  }
  const named = printable(
    `${textAt(body, 'template_name') ?? ''}/${textAt(body, 'language') ?? ''}`,
  )
  const status = textAt(body, 'status') ?? ''
  const waits = status === 'PENDING' ? ': what needs it waits for the review' : ''
  io.out(`${named} changed, ${printable(status)}${waits}.`)
  for (const line of findingLines(body, colors)) io.out(line)
}

async function deleteOne(
  client: ServiceClient,
  which: string,
  flags: DeleteFlags,
  { io }: CommandContext,
): Promise<ExitCode> {
  const id = await findTemplateId(client, which)
  const path = `${TEMPLATES_PATH}/${encodeURIComponent(id)}`
  const all = flags.allLanguages === true ? 'true' : 'false'
  const call = (isDryRun: boolean) =>
    ok(client.call('DELETE', path, { query: { all_languages: all, dry_run: String(isDryRun) } }))
  if (flags.yes !== true) {
    const { body } = await call(true)
    for (const line of consequenceLines(body)) io.err(line)
    const answer = await io.ask(`Delete ${whatGoes(body)} at Meta? [y/N] `)
    if (answer === null) {
      const detail = 'Nothing was deleted: add --yes.'
      throw new CliError(EXIT.usage, 'invalid_query', detail)
    }
    if (!/^y(es)?$/i.test(answer.trim())) {
      io.out('Nothing was deleted.')
      return EXIT.failed
    }
  }
  const { body, text } = await call(false)
  if (flags.json === true) {
    io.out(jsonLine(text))
    return EXIT.done
  }
  io.out(`Deleted ${whatGoes(body)}.`)
  if (flags.yes === true) for (const line of consequenceLines(body)) io.out(line)
  return EXIT.done
}

function whatGoes(body: JsonObject): string {
  const languages: unknown = body['languages']
  const codes = Array.isArray(languages) ? languages.map(String).join(', ') : ''
  return printable(`${textAt(body, 'template_name') ?? ''} in ${codes}`)
}

function consequenceLines(body: JsonObject): string[] {
  return objectsAt(body, 'consequences').map((one) => `  ${printable(textAt(one, 'detail') ?? '')}`)
}

function readYes(text: string): boolean {
  if (/^(?:yes|true)$/i.test(text)) return true
  if (/^(?:no|false)$/i.test(text)) return false
  throw new InvalidArgumentError('It is neither yes nor no.')
}
