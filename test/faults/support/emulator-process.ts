import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { EmulatorOptions } from '../../../src/emulator/options.ts'

const MAIN = fileURLToPath(new URL('emulator-main.mjs', import.meta.url))

export interface Accepted {
  wamid: string
  callback_data: string | null
  behaviour: string
  accepted_at_ms: number
  statuses: { status: string; at_ms: number }[]
}

/** Meta, as a process of its own. */
export interface EmulatorProcess {
  readonly url: string
  /** The control API: see docs/emulator.md. */
  control<Answer = unknown>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Answer>
  /** Everything it accepted, oldest first. */
  accepted(): Promise<Accepted[]>
  close(): Promise<void>
}

export async function startEmulator(options: EmulatorOptions): Promise<EmulatorProcess> {
  const child = fork(MAIN, [JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const stdout = child.stdout
  if (stdout === null) throw new Error('the emulator has no standard output')
  const said = once(stdout, 'data') as Promise<[Buffer]>
  const died = once(child, 'exit').then(() => {
    throw new Error('the emulator ended before it gave its address: is dist/ built?')
  })
  const [line] = await Promise.race([said, died])
  // Later it ends because it is told to.
  died.catch(() => undefined)
  const url = line.toString().trim()
  const control = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${url}/_emulator/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const value = (await answer.json()) as Answer
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`)
    return value
  }
  return {
    url,
    control,
    accepted: async () =>
      (await control<{ data: Accepted[] }>('GET', 'accepted?limit=1000000')).data,
    async close() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** The statuses of its last webhooks, null where no answer came. */
export async function answersToMeta(emulator: EmulatorProcess): Promise<(number | null)[]> {
  const { data } = await emulator.control<{ data: { http_status: number | null }[] }>(
    'GET',
    'webhooks/deliveries',
  )
  return data.map(({ http_status: status }) => status)
}
