import path from 'node:path'
import type { Command } from 'commander'
import { SHIPPED_NAMES, shippedTemplates } from '../../template/shipped-templates.ts'
import { CliError, describeField, EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import type { Answer, ServiceClient } from '../client.ts'
import { isObject, objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { nameOfFile, readFile } from '../read-file.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { findingLines, nameOfDraft, readDrafts, TEMPLATES_PATH } from './template-drafts.ts'
import { judgeWithClient, ok, withClient } from './with-client.ts'

interface CreateFlags extends ClientFlags {
  allLanguages?: boolean
  language?: string
  sample?: string
}

const TYPES: Readonly<Record<string, string>> = {
  '.pdf': 'application/pdf',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.mp4': 'video/mp4',
}

/** Adds create and upload to `aviso templates`. */
export function addTemplateCreate(templates: Command, context: CommandContext): void {
  const create = templates
    .command('create')
    .description('submit templates to Meta, after a check')
    .argument(
      '<what>',
      `Meta's create body as JSON, or a list of them (- for standard input); or one that comes with Aviso: ${SHIPPED_NAMES.join(', ')}`,
    )
    .option('--all-languages', 'of one that comes with Aviso: in every language')
    .option('--language <codes>', 'of one that comes with Aviso: in these, separated by commas')
    .option('--sample <file>', 'upload this file as the sample of the header')
  withClientOptions(create).action(
    context.run(async (what: string, flags: CreateFlags) => {
      const drafts = await chooseDrafts(what, flags, context)
      return judgeWithClient(flags, context, (client) => createAll(client, drafts, flags, context))
    }),
  )
  const upload = templates
    .command('upload')
    .description("upload a sample for a header's review; prints the handle for header_handle")
    .argument('<file>', '.pdf, .jpg, .png or .mp4')
  withClientOptions(upload).action(
    context.run((file: string, flags: ClientFlags) =>
      withClient(flags, context, async (client) => {
        const { text, body } = await uploadSample(client, file, context)
        context.io.out(
          flags.json === true ? jsonLine(text) : printable(textAt(body, 'handle') ?? ''),
        )
      }),
    ),
  )
}

async function chooseDrafts(
  what: string,
  flags: CreateFlags,
  { io }: CommandContext,
): Promise<JsonObject[]> {
  const shipped = shippedTemplates(what)
  if (shipped === undefined) return readDrafts(what, io)
  const known = shipped.map(({ language }) => language)
  if (flags.allLanguages === true) return shipped.map((one) => ({ ...one }))
  const wanted = flags.language?.split(',').map((code) => code.trim().replace('-', '_')) ?? []
  const unknown = wanted.filter((code) => !known.includes(code))
  if (wanted.length > 0 && unknown.length === 0) {
    return shipped.filter(({ language }) => wanted.includes(language)).map((one) => ({ ...one }))
  }
  const said = unknown.length === 0 ? '' : `${what} does not come in ${unknown.join(', ')}. `
  const detail = `${said}Say --all-languages, or --language with some of: ${known.join(', ')}.`
  throw new CliError(EXIT.usage, 'invalid_query', printable(detail))
}

async function createAll(
  client: ServiceClient,
  drafts: readonly JsonObject[],
  flags: CreateFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const handle =
    flags.sample === undefined
      ? null
      : textAt((await uploadSample(client, flags.sample, context)).body, 'handle')
  let isBad = false
  for (const draft of drafts) {
    const whole = handle === null ? draft : withHandle(draft, handle)
    const there = shippedTemplates(textAt(draft, 'name') ?? '') && (await findThere(client, draft))
    if (there) {
      print({ kind: 'there', row: there, draft }, flags, context)
      continue
    }
    const answer = await client.call('POST', TEMPLATES_PATH, { body: JSON.stringify(whole) })
    isBad ||= !answer.ok
    print({ kind: 'answered', answer, draft }, flags, context)
  }
  return isBad ? EXIT.failed : EXIT.done
}

/** What comes with Aviso may be submitted again and again: what is there stays as it is. */
async function findThere(
  client: ServiceClient,
  draft: JsonObject,
): Promise<JsonObject | undefined> {
  const query = {
    name: textAt(draft, 'name') ?? undefined,
    language: textAt(draft, 'language') ?? undefined,
  }
  const { body } = await ok(client.call('GET', TEMPLATES_PATH, { query }))
  return objectsAt(body, 'data')[0]
}

type Result =
  | { kind: 'there'; row: JsonObject; draft: JsonObject }
  | { kind: 'answered'; answer: Answer; draft: JsonObject }

function print(result: Result, flags: ClientFlags, { io, colors }: CommandContext): void {
  if (flags.json === true) {
    const text = result.kind === 'there' ? JSON.stringify(result.row) : result.answer.text
    io.out(jsonLine(text))
    return
  }
  const named = nameOfDraft(result.draft)
  if (result.kind === 'there') {
    io.out(`${named}: there already, ${printable(textAt(result.row, 'status') ?? '')}`)
    return
  }
  const { answer } = result
  if (!answer.ok) {
    io.out(
      `${named}: ${colors.red('refused')} ${printable(textAt(answer.problem, 'detail') ?? '')}`,
    )
    for (const error of objectsAt(answer.problem, 'errors')) io.out(`  ${describeField(error)}`)
    return
  }
  const { body } = answer
  const status = printable(textAt(body, 'status') ?? '')
  const asked = textAt(result.draft, 'category')?.toUpperCase() ?? ''
  const given = textAt(body, 'category') ?? asked
  const other = given === asked ? '' : `, but as ${given} instead of ${asked}`
  const idle = textAt(body, 'is_active') === 'false' ? '; orders do not use it' : ''
  io.out(printable(`${named}: submitted, ${status}${other}${idle}`))
  for (const line of findingLines(body, colors)) io.out(line)
}

/** @throws CliError where the file cannot be read, or is none that a header may have */
export async function uploadSample(
  client: ServiceClient,
  file: string,
  { io }: CommandContext,
): Promise<Extract<Answer, { ok: true }>> {
  const type = TYPES[path.extname(file).toLowerCase()]
  if (type === undefined) {
    const detail = `${nameOfFile(file)}: a sample is a .pdf, .jpg, .png or .mp4.`
    throw new CliError(EXIT.usage, 'invalid_query', detail)
  }
  const body = await readFile(file, io)
  const headers = { 'content-type': type }
  return ok(client.call('POST', `${TEMPLATES_PATH}/samples`, { body, headers }))
}

function withHandle(draft: JsonObject, handle: string): JsonObject {
  const components: unknown = draft['components']
  if (!Array.isArray(components)) return draft
  return {
    ...draft,
    components: components.map((one: unknown) => {
      const isHeader = isObject(one) && textAt(one, 'type')?.toUpperCase() === 'HEADER'
      return isHeader ? { ...one, example: { header_handle: [handle] } } : one
    }),
  }
}
