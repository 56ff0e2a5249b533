import { AppError, coerceError } from '../lib/errors.ts'

/** `declare`: we make what must be there; `check`: the operator owns it, we only look. */
export type TopologyMode = 'declare' | 'check'

/** Answers that no waiting will change: somebody must do something. */
const REFUSALS = new Set([
  'PRECONDITION_FAILED',
  'ACCESS_REFUSED',
  'NOT_ALLOWED',
  'COMMAND_INVALID',
])

interface RefusalGrounds {
  cause: unknown
  isMissing: boolean
}

/** The broker does not let us work. `message` says what it refused, `remedy` what to do. */
export class BrokerRefusal extends AppError {
  readonly remedy: string
  /** It would let us, and has not what we ask for. */
  readonly isMissing: boolean

  constructor(detail: string, remedy: string, { cause, isMissing }: RefusalGrounds) {
    super('configuration', detail, { cause })
    this.name = 'BrokerRefusal'
    this.remedy = remedy
    this.isMissing = isMissing
  }
}

/**
 * What the broker refuses while connecting or working, in words; undefined: it is only away.
 *
 * @param what that was being worked with, e.g. `queue orders`
 */
export function explainRefusal(
  error: unknown,
  what: string,
  mode: TopologyMode,
): BrokerRefusal | undefined {
  if (error instanceof BrokerRefusal) return error
  const cause = coerceError(error)
  // While a virtual host is still starting, the broker answers with another code: it is away.
  if (codeOf(cause) === 'NOT_ALLOWED') {
    return toRefusal(error, 'the virtual host of RABBITMQ_URL', mode)
  }
  if (cause.message.includes('Login was refused')) {
    return toRefusal(error, 'the user and password of RABBITMQ_URL', mode)
  }
  return toRefusal(error, what, mode)
}

/**
 * Asks the broker for one thing.
 *
 * @throws BrokerRefusal, after which the channel is closed; other errors mean that the broker is away
 */
export async function demand(
  what: string,
  mode: TopologyMode,
  run: () => Promise<unknown>,
): Promise<void> {
  try {
    await run()
  } catch (error) {
    throw toRefusal(error, what, mode) ?? error
  }
}

function toRefusal(error: unknown, what: string, mode: TopologyMode): BrokerRefusal | undefined {
  const cause = coerceError(error)
  const code = codeOf(cause)
  // Of a queue that exists, declaring answers this too, while its leader is being chosen.
  const isMissing = code === 'NOT_FOUND' && mode === 'check'
  if (!REFUSALS.has(code) && !isMissing) return undefined
  const detail = isMissing
    ? `the broker has no ${what}`
    : `the broker refuses ${what}: ${withoutMethod(cause.message)}`
  return new BrokerRefusal(detail, remedyFor(code, what), { cause, isMissing })
}

function remedyFor(code: string, what: string): string {
  if (what.endsWith('RABBITMQ_URL')) {
    return 'Correct RABBITMQ_URL, or give that user access at the broker.'
  }
  switch (code) {
    case 'NOT_FOUND':
      return 'Make it, or let the service make it with AVISO_TOPOLOGY=declare.'
    case 'PRECONDITION_FAILED':
      return (
        `There is another ${what} of that name, made in another way: delete it once it is empty, ` +
        'choose another name, or keep it with AVISO_TOPOLOGY=check.'
      )
    default:
      return (
        'Give the user of RABBITMQ_URL the permissions to configure, write and read; ' +
        'with AVISO_TOPOLOGY=check it needs none to configure.'
      )
  }
}

/** `QueueDeclare: PRECONDITION_FAILED - inequivalent arg …` without the client's word before it. */
function withoutMethod(message: string): string {
  return message.replace(/^\w+: /, '')
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
