import type { Command } from 'commander'
import { EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import type { ServiceClient } from '../client.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine } from '../printable.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import {
  findingLines,
  hasErrors,
  nameOfDraft,
  readDrafts,
  TEMPLATES_PATH,
} from './template-drafts.ts'
import { judgeWithClient, ok } from './with-client.ts'

/** Adds lint to `aviso templates`: exit code 1 where Meta would refuse one. */
export function addTemplateLint(templates: Command, context: CommandContext): void {
  const lint = templates
    .command('lint')
    .description('what Meta would refuse of templates in a file, and what would go wrong later')
    .argument('<file>', "Meta's create body as JSON, or a list of them; - for standard input")
  withClientOptions(lint).action(
    context.run(async (file: string, flags: ClientFlags) => {
      const drafts = await readDrafts(file, context.io)
      return judgeWithClient(flags, context, (client) => lintAll(client, drafts, flags, context))
    }),
  )
}

async function lintAll(
  client: ServiceClient,
  drafts: readonly JsonObject[],
  flags: ClientFlags,
  { io, colors }: CommandContext,
): Promise<ExitCode> {
  let isBad = false
  for (const draft of drafts) {
    const call = { body: JSON.stringify(draft), repeatable: true }
    const { body, text } = await ok(client.call('POST', `${TEMPLATES_PATH}/lint`, call))
    isBad ||= hasErrors(body)
    if (flags.json === true) {
      io.out(jsonLine(text))
      continue
    }
    const lines = findingLines(body, colors)
    io.out(
      `${nameOfDraft(draft)}: ${lines.length === 0 ? colors.green('nothing to say') : ''}`.trimEnd(),
    )
    for (const line of lines) io.out(line)
  }
  return isBad ? EXIT.failed : EXIT.done
}
