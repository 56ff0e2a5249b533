import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startApp } from '../../src/app.ts'
import { signBody } from '../../src/cloud-api/signature.ts'
import { shareDatabase } from '../../src/db/pglite.ts'
import { WEBHOOK_PATH } from '../../src/http/webhook-routes.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { CREDENTIALS, testConfig } from '../support/test-config.ts'

/** Longer than anybody waits for company, and shorter than anything else here. */
const SHORT_MS = 100

const BODY = '{"object":"whatsapp_business_account","entry":[]}'
const POST = [
  `POST ${WEBHOOK_PATH} HTTP/1.1`,
  'Host: x',
  `Content-Length: ${String(BODY.length)}`,
  `X-Hub-Signature-256: ${signBody(Buffer.from(BODY), CREDENTIALS.appSecret)}`,
  '',
  BODY,
].join('\r\n')

/** The service without anybody else who calls it, and a clock on which nobody's wait for company ends. */
async function setup() {
  const database = await openAnyMigrated()
  const config = { ...testConfig('http://127.0.0.1:9'), roles: ['webhook'] as const }
  const app = await startApp(config, shareDatabase(database), createLogger('silent'))
  onTestFinished(() => app.stop())
  const waits: (() => void)[] = []
  const real = globalThis.setTimeout
  const held = (run: () => void, ms = 0): NodeJS.Timeout => {
    if (ms === 0 || ms > SHORT_MS) return real(run, ms)
    waits.push(run)
    return real(() => undefined, 0)
  }
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(held)
  onTestFinished(() => {
    vi.restoreAllMocks()
    for (const run of waits) run()
  })
  return {
    waits,
    open: async (): Promise<Socket> => {
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
      onTestFinished(() => void socket.destroy())
      await once(socket, 'connect')
      return socket
    },
  }
}

async function answerTo(socket: Socket): Promise<string> {
  const [piece] = (await once(socket, 'data')) as [Buffer]
  return piece.toString()
}

describe('a webhook, in the whole service', () => {
  it('waits for company while another connection could bring some, and not where none can', async () => {
    const { open, waits } = await setup()
    const alone = await open()
    for (let number = 0; number < 3; number += 1) {
      let answer = ''
      alone.once('data', (piece: Buffer) => (answer = piece.toString()))
      alone.write(POST)
      await vi.waitUntil(() => answer !== '' || waits.length > 0, { timeout: 10_000 })
      expect(waits).toEqual([])
      expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    }

    await open()
    alone.write(POST)
    await vi.waitUntil(() => waits.length === 1, { timeout: 10_000 })
    const answer = answerTo(alone)
    waits.shift()?.()
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /)
  })
})
