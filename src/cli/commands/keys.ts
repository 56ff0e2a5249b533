import { Option } from 'commander'
import type { Command } from 'commander'
import type { ServiceClient } from '../client.ts'
import { textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { printList } from './list-pages.ts'
import { readTenant, readTime } from './option-values.ts'
import { ok, withClient } from './with-client.ts'

interface CreateFlags extends ClientFlags {
  name: string
  role: string
  tenant?: string
  expires?: string
}

const PATH = '/api/v1/keys'
const HEAD = ['NAME', 'ROLE', 'TENANT', 'BEGINS', 'CREATED', 'LAST USED', 'EXPIRES', 'ID']

export function addKeys(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description('API keys: list, create, revoke')
  withClientOptions(
    keys
      .command('list', { isDefault: true })
      .description('list the keys, without the keys themselves'),
  ).action(
    context.run((flags: ClientFlags) =>
      withClient(flags, context, (client) => {
        const request = { path: PATH, query: {}, limit: Infinity, json: flags.json }
        return printList(client, context, request, { head: HEAD, row: keyRow, none: 'No keys.' })
      }),
    ),
  )
  const create = keys
    .command('create')
    .description('make a key; it is shown once')
    .requiredOption('--name <name>', 'what it is for')
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(['admin', 'operator', 'viewer', 'ingest'])
        .makeOptionMandatory(),
    )
    .option('--tenant <id>', 'the tenant it speaks for; without it: all', readTenant)
    .option('--expires <time>', 'for example 2027-12-31T00:00:00Z; without it: never', readTime)
  withClientOptions(create).action(
    context.run((flags: CreateFlags) =>
      withClient(flags, context, (client) => createKey(client, flags, context)),
    ),
  )
  const revoke = keys
    .command('revoke')
    .description('revoke a key')
    .argument('<id>', 'id of the key')
  withClientOptions(revoke).action(
    context.run((id: string, flags: ClientFlags) =>
      withClient(flags, context, (client) => revokeKey(client, id, flags, context)),
    ),
  )
}

async function createKey(
  client: ServiceClient,
  flags: CreateFlags,
  { io }: CommandContext,
): Promise<void> {
  const given = {
    name: flags.name,
    role: flags.role,
    ...(flags.tenant !== undefined && { tenant_id: flags.tenant }),
    ...(flags.expires !== undefined && { expires_at: flags.expires }),
  }
  // Each of its fields is an option: what is wrong with one is wrong usage.
  const { body, text } = await ok(client.call('POST', PATH, { body: JSON.stringify(given) }), [
    'validation_failed',
  ])
  if (flags.json === true) {
    io.out(jsonLine(text))
    return
  }
  io.out(`API key: ${printable(textAt(body, 'key') ?? '')}`)
  io.err('Keep it now: it is not shown again.')
}

async function revokeKey(
  client: ServiceClient,
  id: string,
  flags: ClientFlags,
  { io }: CommandContext,
): Promise<void> {
  await ok(client.call('DELETE', `${PATH}/${encodeURIComponent(id)}`))
  if (flags.json !== true) io.out(`Revoked ${printable(id)}; it takes effect within 5 seconds.`)
}

function keyRow(key: JsonObject): string[] {
  const text = (name: string, absent: string): string => printable(textAt(key, name) ?? absent)
  return [
    text('name', ''),
    text('role', ''),
    text('tenant_id', 'all'),
    text('prefix', ''),
    text('created_at', ''),
    text('last_used_at', 'never'),
    text('expires_at', 'never'),
    text('id', ''),
  ]
}
