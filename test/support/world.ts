import { startApp } from '../../src/app.ts'
import type { App } from '../../src/app.ts'
import type { ServeConfig } from '../../src/config/serve-config.ts'
import type { Database } from '../../src/db/database.ts'
import { shareDatabase } from '../../src/db/pglite.ts'
import { openEmulator } from '../../src/emulator/emulator.ts'
import type { Emulator } from '../../src/emulator/emulator.ts'
import type { EmulatorOptions } from '../../src/emulator/options.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { ADMIN_KEY, CREDENTIALS, testConfig } from './test-config.ts'

export interface Message {
  id: string
  state: string
  status: string
  [key: string]: unknown
}

/** The whole service against an emulator, over real HTTP both ways. */
export interface World {
  readonly app: App
  readonly emulator: Emulator
  readonly database: Database
  get(path: string): Promise<Record<string, unknown>>
  /** Posts an event; returns the message's id. */
  publish(event: unknown): Promise<string>
  message(id: string): Promise<Message>
  /** Resolves with the message once it is in one of these states; hears of changes as they happen. */
  until(id: string, ...states: string[]): Promise<Message>
  /** The same for any condition. */
  when(id: string, holds: (message: Message) => boolean): Promise<Message>
  close(): Promise<void>
}

export async function openWorld(
  database: Database,
  more: {
    sending?: Partial<ServeConfig['sending']>
    events?: ServeConfig['events']
    config?: Partial<ServeConfig>
    emulator?: Partial<EmulatorOptions>
    /** What Meta is like before the service starts. */
    before?: (emulator: Emulator) => void
  } = {},
): Promise<World> {
  const emulator = await openEmulator({
    ...CREDENTIALS,
    seed: 42,
    maxMps: 0,
    statusDelays: { sentMs: 10, deliveredMs: 10, readMs: 10 },
    webhookRetry: { firstMs: 50, factor: 1, maxMs: 50 },
    ...more.emulator,
  })
  more.before?.(emulator)
  const config = {
    ...testConfig(emulator.url, more.sending),
    ...(more.events && { events: more.events }),
    ...more.config,
  }
  const app = await startApp(config, shareDatabase(database), createLogger('silent'))
  const verified = await emulator.setWebhookUrl(`${app.url}/api/v1/whatsapp/webhook`)
  if (!verified.verified) throw new Error('the webhook address was not verified')
  const live = await openLiveStream(app.url)

  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
  const get: World['get'] = async (path) => {
    const response = await fetch(app.url + path, { headers })
    return (await response.json()) as Record<string, unknown>
  }
  const message = async (id: string) => (await get(`/api/v1/whatsapp/messages/${id}`)) as Message
  const when: World['when'] = async (id, holds) => {
    for (;;) {
      const changed = live.next(id)
      const now = await message(id)
      if (holds(now)) return now
      await changed
    }
  }
  return {
    app,
    emulator,
    database,
    get,
    message,
    async publish(event) {
      const body = JSON.stringify(event)
      const response = await fetch(`${app.url}/api/v1/events`, { method: 'POST', headers, body })
      const answer = (await response.json()) as { message_id?: string }
      if (answer.message_id === undefined) throw new Error(JSON.stringify(answer))
      return answer.message_id
    },
    until: (id, ...states) => when(id, (now) => states.includes(now.state)),
    when,
    async close() {
      live.close()
      await app.stop()
      await emulator.close()
    },
  }
}

/** Listens to the service's own live stream and tells of each message's next change. */
async function openLiveStream(url: string) {
  const controller = new AbortController()
  const response = await fetch(`${url}/api/v1/whatsapp/messages/events`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
    signal: controller.signal,
  })
  const waiting = new Map<string, (() => void)[]>()
  const read = async (): Promise<void> => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        const id = /^data: \{"id":"([^"]+)"/.exec(line)?.[1]
        const told = id === undefined ? undefined : waiting.get(id)
        if (id !== undefined) waiting.delete(id)
        for (const tell of told ?? []) tell()
      }
    }
  }
  void read().catch(() => undefined)
  return {
    next: (id: string) =>
      new Promise<void>((resolve) => {
        waiting.set(id, [...(waiting.get(id) ?? []), resolve])
      }),
    close: () => {
      controller.abort()
    },
  }
}
