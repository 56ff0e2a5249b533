import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { serviceUrl } from '../../config/parsers.ts'
import { findProblem, valueOf } from '../../config/setting.ts'
import { CliError, EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import type { CommandContext } from './context.ts'
import { readPort } from './serve.ts'

interface EmulatorFlags {
  port?: number
  webhookUrl: string
  seed?: number
  accessToken: string
  appSecret: string
  verifyToken: string
  appId: string
  phoneNumberId: string
  businessAccountId: string
}

/** Test credentials: the emulator alone accepts them, so they may stand in a manual. */
const TEST = {
  accessToken: 'emulator-access-token',
  appSecret: 'emulator-app-secret',
  verifyToken: 'emulator-verify-token',
  appId: '100000000000001',
  phoneNumberId: '100000000000002',
  businessAccountId: '100000000000003',
}
const WEBHOOK_URL = 'http://127.0.0.1:8080/api/v1/whatsapp/webhook'

export function addEmulator(program: Command, context: CommandContext): void {
  program
    .command('emulator')
    .description('run the Cloud API emulator alone; its default credentials are for tests only')
    .option(
      '--port <n>',
      'port to listen on, on 127.0.0.1 (AVISO_EMULATOR_PORT; default: a free one)',
      readPort,
    )
    .option('--webhook-url <url>', 'where it sends webhooks', readUrl, WEBHOOK_URL)
    .option('--seed <n>', 'whole number that makes its ids and order repeatable', readSeed)
    .option('--access-token <token>', 'the token it accepts', TEST.accessToken)
    .option('--app-secret <secret>', 'what it signs webhooks with', TEST.appSecret)
    .option('--verify-token <token>', 'what it shows at the handshake', TEST.verifyToken)
    .option('--app-id <id>', 'id of its app', TEST.appId)
    .option('--phone-number-id <id>', 'id of its business phone number', TEST.phoneNumberId)
    .option(
      '--business-account-id <id>',
      'id of its WhatsApp Business account',
      TEST.businessAccountId,
    )
    .action(context.run((flags: EmulatorFlags) => runEmulator(flags, context)))
}

async function runEmulator(flags: EmulatorFlags, { env, io }: CommandContext): Promise<ExitCode> {
  const { seed, ...given } = flags
  const port = flags.port ?? (await portOf(env))
  const { openEmulator } = await import('../../emulator/emulator.ts')
  const emulator = await openEmulator({
    ...given,
    port,
    ...(seed !== undefined && { seed }),
  })
  try {
    for (const line of introduction(emulator.url, flags)) io.out(line)
    await io.untilStopped()
  } finally {
    await emulator.close()
  }
  return EXIT.done
}

function introduction(url: string, flags: EmulatorFlags): string[] {
  const isTest = flags.accessToken === TEST.accessToken && flags.appSecret === TEST.appSecret
  return [
    `Cloud API emulator: ${url}`,
    `Webhooks go to:     ${flags.webhookUrl}`,
    '',
    `Point the service at it${isTest ? ' (test credentials, accepted by the emulator alone)' : ''}:`,
    '',
    `  WHATSAPP_GRAPH_URL=${url} \\`,
    `  WHATSAPP_ACCESS_TOKEN=${quote(flags.accessToken)} \\`,
    `  WHATSAPP_APP_SECRET=${quote(flags.appSecret)} \\`,
    `  WHATSAPP_WEBHOOK_VERIFY_TOKEN=${quote(flags.verifyToken)} \\`,
    `  WHATSAPP_PHONE_NUMBER_ID=${quote(flags.phoneNumberId)} \\`,
    `  WHATSAPP_BUSINESS_ACCOUNT_ID=${quote(flags.businessAccountId)} \\`,
    `  WHATSAPP_APP_ID=${quote(flags.appId)} \\`,
    '  npx aviso serve',
    '',
    'Ctrl-C ends it.',
  ]
}

async function portOf(env: CommandContext['env']): Promise<number> {
  const { settings } = await import('../../config/settings.ts')
  const problem = findProblem(settings.emulatorPort, env)
  if (problem !== undefined) throw new CliError(EXIT.configuration, 'configuration', problem)
  return valueOf(settings.emulatorPort, env, 'sandbox')
}

/** For a shell, where it needs it. */
function quote(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function readUrl(text: string): string {
  const parsed = serviceUrl(text)
  if (parsed.ok) return parsed.value
  throw new InvalidArgumentError(`It ${parsed.problem}.`)
}

function readSeed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is not a whole number of at most 9 digits.')
}
