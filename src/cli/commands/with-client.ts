import { EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import type { Answer, ServiceClient } from '../client.ts'
import type { ClientFlags, CommandContext } from './context.ts'

/** Does some work with the service that environment and flags name. */
export async function withClient(
  flags: ClientFlags,
  context: CommandContext,
  work: (client: ServiceClient) => Promise<void>,
): Promise<ExitCode> {
  return judgeWithClient(flags, context, async (client) => {
    await work(client)
    return EXIT.done
  })
}

/** The same for work that may end badly without a refusal. */
export async function judgeWithClient(
  flags: ClientFlags,
  { env, io }: CommandContext,
  work: (client: ServiceClient) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { openClient } = await import('../client.ts')
  const client = openClient(env, flags, io)
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

/**
 * The answer, or its refusal thrown.
 *
 * @param misuse codes that only wrong options can bring
 */
export async function ok(
  answer: Promise<Answer>,
  misuse: readonly string[] = [],
): Promise<Extract<Answer, { ok: true }>> {
  // Heard before anything else is waited for: a call that fails meanwhile would end the program.
  const given = await answer
  const { expectOk } = await import('../client.ts')
  return expectOk(given, misuse)
}
