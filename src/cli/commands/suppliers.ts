import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import type { Answer, ServiceClient } from '../client.ts'
import { objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { readFile } from '../read-file.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { printList } from './list-pages.ts'
import { readTenant } from './option-values.ts'
import { judgeWithClient, ok } from './with-client.ts'

interface ListFlags extends ClientFlags {
  query?: string
  tenant?: string
  limit: number
}
interface CreateFlags extends ClientFlags {
  name: string
  phone?: string[]
  language?: string
  email?: string
  tenant?: string
}

type Work = (client: ServiceClient, flags: ClientFlags & { tenant?: string }) => Promise<ExitCode>

const PATH = '/api/v1/suppliers'
const HEAD = ['SUPPLIER', 'NAME', 'PHONES', 'LANGUAGE', 'E-MAIL', 'OPTED OUT']

/** `aviso suppliers`: the supplier directory. */
export function addSuppliers(program: Command, context: CommandContext): void {
  const suppliers = program
    .command('suppliers')
    .description('the supplier directory: list, show, create, import, delete, opt-out, opt-in')
  const list = suppliers.command('list', { isDefault: true }).description('suppliers, newest first')
  withTenant(list)
    .option('-q, --query <text>', 'supplier_id or phone exactly, name by its beginning')
    .option('--limit <n>', 'how many at most', readLimit, 50)
    .action(
      context.run((flags: ListFlags) =>
        judgeWithClient(flags, context, (client) => listAll(client, flags, context)),
      ),
    )
  const one = (name: string, words: string, work: (id: string) => Work): Command =>
    withTenant(suppliers.command(name).description(words))
      .argument('<supplier_id>', 'as orders have it')
      .action(
        context.run((id: string, flags: ClientFlags & { tenant?: string }) =>
          judgeWithClient(flags, context, (client) => work(id)(client, flags)),
        ),
      )
  one('show', 'one supplier', (id) => (client, flags) => showOne(client, id, flags, context))
  one('delete', 'take one out of the directory', (id) => async (client, flags) => {
    await ok(client.call('DELETE', pathOf(id), { query: { tenant_id: flags.tenant } }))
    if (flags.json !== true) context.io.out(`Deleted ${printable(id)}.`)
    return EXIT.done
  })
  one(
    'opt-out',
    'send nothing more to it',
    (id) => (client, flags) =>
      setOptOut(client, id, { flags, at: context.io.now().toISOString() }, context),
  )
  one(
    'opt-in',
    'it has agreed again',
    (id) => (client, flags) => setOptOut(client, id, { flags, at: null }, context),
  )
  addWriting(suppliers, context)
}

function addWriting(suppliers: Command, context: CommandContext): void {
  withTenant(suppliers.command('create').description('write one, new or known'))
    .argument('<supplier_id>', 'as orders have it')
    .requiredOption('--name <name>', 'its name')
    .option('--phone <phone...>', 'its numbers; orders go to the first')
    .option('--language <code>', 'such as es or pt_BR')
    .option('--email <address>', 'its e-mail address')
    .action(
      context.run((id: string, flags: CreateFlags) =>
        judgeWithClient(flags, context, async (client) => {
          const { name, language, email, tenant } = flags
          const given = { name, phones: flags.phone ?? [], language, email }
          const body = JSON.stringify(given)
          const answer = await ok(
            client.call('PUT', pathOf(id), { body, query: { tenant_id: tenant } }),
          )
          print(answer, flags, context, answer.status === 201 ? 'Created' : 'Changed')
          return EXIT.done
        }),
      ),
    )
  withTenant(suppliers.command('import').description('import a CSV or JSON file; - for stdin'))
    .argument('<file>', 'CSV: supplier_id,name,phone,language,email,opted_out, with this header')
    .action(
      context.run((file: string, flags: ClientFlags & { tenant?: string }) =>
        judgeWithClient(flags, context, (client) => importFile(client, file, flags, context)),
      ),
    )
}

function withTenant(command: Command): Command {
  return withClientOptions(command).option(
    '--tenant <id>',
    'whose suppliers, for keys of all tenants',
    readTenant,
  )
}

async function listAll(
  client: ServiceClient,
  flags: ListFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const query = { q: flags.query, tenant_id: flags.tenant }
  await printList(
    client,
    context,
    { path: PATH, query, limit: flags.limit, json: flags.json },
    { head: HEAD, row: supplierRow, none: 'No suppliers.' },
  )
  return EXIT.done
}

async function showOne(
  client: ServiceClient,
  id: string,
  flags: ClientFlags & { tenant?: string },
  context: CommandContext,
): Promise<ExitCode> {
  const answer = await ok(client.call('GET', pathOf(id), { query: { tenant_id: flags.tenant } }))
  print(answer, flags, context)
  return EXIT.done
}

/** The rest of the supplier stays: it is read, and written back with the opt-out alone changed. */
async function setOptOut(
  client: ServiceClient,
  id: string,
  { flags, at }: { flags: ClientFlags & { tenant?: string }; at: string | null },
  context: CommandContext,
): Promise<ExitCode> {
  const query = { tenant_id: flags.tenant }
  const { body } = await ok(client.call('GET', pathOf(id), { query }))
  const changed = JSON.stringify({ ...body, opted_out_at: at })
  const answer = await ok(client.call('PUT', pathOf(id), { query, body: changed }))
  print(answer, flags, context, at === null ? 'Agreed again' : 'Opted out')
  return EXIT.done
}

async function importFile(
  client: ServiceClient,
  file: string,
  flags: ClientFlags & { tenant?: string },
  { io, colors }: CommandContext,
): Promise<ExitCode> {
  const bytes = await readFile(file, io)
  const isJson = /^\s*[[{]/.test(
    bytes
      .subarray(0, 64)
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
  )
  const { body, text } = await ok(
    client.call('POST', `${PATH}/import`, {
      body: bytes,
      headers: { 'content-type': isJson ? 'application/json' : 'text/csv' },
      query: { tenant_id: flags.tenant },
      repeatable: true,
    }),
  )
  const rejected = objectsAt(body, 'rejected')
  if (flags.json === true) io.out(jsonLine(text))
  else {
    const count = (name: string) => textAt(body, name) ?? '0'
    io.out(
      `${count('created')} created, ${count('updated')} updated, ${count('unchanged')} unchanged, ` +
        `${String(rejected.length)} rejected.`,
    )
    for (const line of rejected) {
      const where = `line ${textAt(line, 'line') ?? '?'}`
      io.out(`  ${colors.red(where)}  ${cell(line, 'code')}: ${cell(line, 'detail')}`)
    }
  }
  return rejected.length > 0 ? EXIT.failed : EXIT.done
}

function print(
  { body, text }: Extract<Answer, { ok: true }>,
  flags: ClientFlags,
  { io, colors }: CommandContext,
  done?: string,
): void {
  if (flags.json === true) {
    io.out(jsonLine(text))
    return
  }
  const [id = '', name = '', phones = '', language = '', email = '', optedOut = ''] =
    supplierRow(body)
  io.out(`${done === undefined ? 'Supplier' : `${done}:`} ${colors.bold(id)} ${name}`)
  const facts = { phones, language, email, 'opted out': optedOut }
  for (const [label, value] of Object.entries(facts)) {
    if (value !== '') io.out(`  ${label.padEnd(12)}${value}`)
  }
}

function supplierRow(row: JsonObject): string[] {
  const phones = row['phones']
  return [
    cell(row, 'supplier_id'),
    cell(row, 'name'),
    Array.isArray(phones) ? printable(phones.join(', ')) : '',
    cell(row, 'language'),
    cell(row, 'email'),
    cell(row, 'opted_out_at').replace(/\.\d+Z$/, 'Z'),
  ]
}

function cell(row: JsonObject, key: string): string {
  return printable(textAt(row, key) ?? '')
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`
}

function readLimit(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value < 1) throw new InvalidArgumentError('It is not a whole number from 1.')
  return value
}
