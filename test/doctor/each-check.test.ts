import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { ServeConfig } from '../../src/config/serve-config.ts'
import { CHECK_NAMES } from '../../src/doctor/check.ts'
import type { Check, CheckName, DoctorReport } from '../../src/doctor/check.ts'
import { createExaminer } from '../../src/examine.ts'
import type { Surroundings } from '../../src/examine.ts'
import { ROOT } from '../architecture/source-files.ts'
import { nextRecipient } from '../support/messages.ts'
import { openAnyMigrated, openMigrated } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { ADMIN_KEY, CREDENTIALS, testConfig } from '../support/test-config.ts'
import { addRefusals } from '../../src/webhook/gap-store.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const WEBHOOK = '/api/v1/whatsapp/webhook'

interface Fault {
  what: string
  /** What the doctor finds itself in, instead of what is right. */
  config?: (config: ServeConfig) => ServeConfig
  surroundings?: () => Partial<Surroundings> | Promise<Partial<Surroundings>>
  sendTest?: () => string
  break?: () => unknown
  mend?: () => unknown
  says: RegExp
}

describe('the doctor, against a Meta that stands in for the real one', () => {
  let world: World
  beforeAll(async () => {
    const database = await openMigrated({ kind: 'pglite' })
    const http = { host: '127.0.0.1', port: 0, metricsPort: 0 }
    world = await openWorld(database, { config: { http } })
    await world.until(await world.publish(orderEvent(1, { language: 'es' })), 'read')
  })
  afterAll(() => world.close())

  const control = () => world.emulator.control
  const sql = (text: string) => world.database.query(text, [])
  const metricsUrl = () => `http://127.0.0.1:${String(world.app.metricsPort)}/metrics`

  const post = async (where: string, body: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
    const request = { method: 'POST', headers, body: JSON.stringify(body) }
    return (await fetch(world.app.url + where, request)).json()
  }
  const sendMessage: Surroundings['sendMessage'] = async (body) => {
    const answer = (await post('/api/v1/whatsapp/messages', body)) as {
      id?: string
      detail?: string
    }
    return answer.id === undefined
      ? { ok: false, detail: answer.detail ?? '' }
      : { ok: true, message: { id: answer.id } }
  }
  const examine = async (fault: Partial<Fault> = {}): Promise<DoctorReport> => {
    const config = testConfig(world.emulator.url)
    const surroundings: Surroundings = {
      database: world.database,
      broker: () => Promise.resolve({ status: 'ok', detail: 'connected', remedy: null }),
      webhookUrl: world.app.url + WEBHOOK,
      sendMessage,
      metrics: { url: metricsUrl() },
      ...(await fault.surroundings?.()),
    }
    const sendTest = fault.sendTest?.() ?? null
    return createExaminer(
      fault.config?.(config) ?? config,
      surroundings,
    )({ sendTest, tenantId: null })
  }
  const failedOf = ({ checks }: DoctorReport): Check[] =>
    checks.filter(({ result }) => result === 'failed')

  /** What stands before a service: passes on what `pass` lets through, as it makes it. */
  const openProxy = async (change: {
    status?: (method: string) => number | undefined
    body?: (raw: Buffer) => Buffer
  }): Promise<string> => {
    const server = createServer((request, response) => {
      void (async () => {
        const { method = '', url = '', headers } = request
        const status = change.status?.(method)
        if (status !== undefined) {
          response.writeHead(status).end()
          return
        }
        const raw = await buffer(request)
        const signature = String(headers['x-hub-signature-256'] ?? '')
        const answer = await fetch(world.app.url + url, {
          method,
          headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
          ...(method === 'POST' && { body: change.body?.(raw) ?? raw }),
        })
        response.writeHead(answer.status).end(await answer.text())
      })()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}${WEBHOOK}`
  }

  const cloudApi = (more: Partial<ServeConfig['cloudApi']>) => (config: ServeConfig) => ({
    ...config,
    cloudApi: { ...config.cloudApi, ...more },
  })
  const es = { name: 'po_notification', language: 'es' }
  const refused = nextRecipient()
  /** The type has every check: one that is new does not compile without its fault. */
  const FAULTS: Readonly<Record<CheckName, Fault>> = {
    environment: {
      what: 'a version of the Graph API that has stopped working',
      config: cloudApi({ apiVersion: 'v18.0' }),
      says: /v18\.0 stopped working on 2026-01-26/,
    },
    migrations: {
      what: 'a migration that is pending',
      break: () => sql(`update aviso_migrations set name = 'held' where name = 'whatsapp001'`),
      mend: () => sql(`update aviso_migrations set name = 'whatsapp001' where name = 'held'`),
      says: /pending: whatsapp001/,
    },
    database: {
      what: 'a database that answers before a commit is durable',
      break: () => sql('set synchronous_commit = off'),
      mend: () => sql('set synchronous_commit = on'),
      says: /before a commit is durable/,
    },
    broker: {
      what: 'a broker that is away',
      surroundings: () => ({
        broker: () =>
          Promise.resolve({ status: 'degraded', detail: 'no connection', remedy: 'Start it.' }),
      }),
      says: /no connection/,
    },
    business_account: {
      what: 'an account under review',
      break: () => control().setAccount({ reviewStatus: 'PENDING' }),
      mend: () => control().setAccount({ reviewStatus: 'APPROVED' }),
      says: /review.*PENDING/,
    },
    token: {
      what: 'an expired token',
      break: () => control().expireToken(),
      mend: () => control().replaceToken(CREDENTIALS.accessToken),
      says: /token is not valid/,
    },
    app_secret: {
      what: 'a wrong app secret',
      config: cloudApi({ appSecrets: ['another-app-secret-0123456789'] }),
      // Its own webhooks would be signed with the same wrong secret, and fit.
      surroundings: () => ({ webhookUrl: null }),
      says: /app id and app secret/,
    },
    phone_number: {
      what: 'a number that is not connected',
      break: () => control().setNumber({ status: 'DISCONNECTED' }),
      mend: () => control().setNumber({ status: 'CONNECTED' }),
      says: /DISCONNECTED/,
    },
    templates: {
      what: 'a template that Meta paused',
      break: () => control().changeTemplate(es, { status: 'PAUSED' }),
      mend: () => control().changeTemplate(es, { status: 'APPROVED' }),
      says: /not approved in es \(PAUSED\)/,
    },
    webhook_address: {
      what: 'a proxy that answers the handshake itself',
      surroundings: async () => ({
        webhookUrl: await openProxy({
          status: (method) => (method === 'GET' ? 404 : undefined),
        }),
      }),
      says: /answered with 404/,
    },
    webhook_signature: {
      what: 'a proxy that writes bodies anew',
      surroundings: async () => ({
        webhookUrl: await openProxy({ body: (raw) => Buffer.from(`${raw.toString()} `) }),
      }),
      says: /signed with the app secret was answered with 401/,
    },
    webhook_subscription: {
      what: 'an account that is not subscribed',
      break: () => control().setAccount({ subscribed: false }),
      mend: () => control().setAccount({ subscribed: true }),
      says: /not subscribed/,
    },
    webhook_received: {
      what: 'messages without any webhook',
      break: () => sql('delete from webhook_watermarks'),
      mend: async () =>
        world.until(
          await world.publish(orderEvent(2, { supplier_phone: nextRecipient() })),
          'read',
        ),
      says: /no webhook ever came/,
    },
    test_message: {
      what: 'a test message that Meta refuses',
      break: () => control().script({ behaviour: 'refuse', code: 131026, to: refused, times: 1 }),
      sendTest: () => refused,
      says: /failed: .*\(131026\)/,
    },
    supplier_phones: {
      what: 'numbers of the directory that no message can be sent to',
      break: () =>
        sql(`insert into suppliers (id, tenant_id, supplier_id, name, phones)
          values (gen_random_uuid(), '00000000-0000-0000-0000-000000000000', 's-wrong', 'Harinas', '{612345678,+34}'),
                 (gen_random_uuid(), '00000000-0000-0000-0000-000000000000', 's-right', 'Molino', '{+34612345678}')`),
      mend: () => sql(`delete from suppliers where supplier_id like 's-%'`),
      says: /used: Harinas \(…34, 3 characters\), Harinas \(…78, 9 characters\)$/,
    },
    metrics: {
      what: 'metrics whose port something else has',
      surroundings: () => ({ metrics: { url: `${world.app.url}/healthz` } }),
      says: /not with metrics of Aviso/,
    },
  }

  it('finds nothing wrong where everything is right', async () => {
    const report = await examine({ sendTest: nextRecipient })
    expect(failedOf(report)).toEqual([])
    expect(report.ok).toBe(true)
    expect(report.checks.map(({ name }) => name)).toEqual(CHECK_NAMES)
    expect(detailOf(report, 'test_message')).toMatch(
      /^po_notification to …\d\d is \w+; Meta's webhook/,
    )
    expect(detailOf(report, 'metrics')).toContain('deploy/prometheus/aviso.rules.yaml')
  })

  it('says of each kind of webhook whether one ever came', async () => {
    const said = async () => detailOf(await examine(), 'webhook_received')
    expect(await said()).toMatch(
      /^messages: last status 2\S+Z, no reply yet; template fields: no change yet$/,
    )
    await control().changeTemplate(es, { quality: 'YELLOW' })
    await expect.poll(said, { timeout: 20_000 }).toMatch(/template fields: last change 2\S+Z$/)
  })

  it.each(CHECK_NAMES)(
    'fails in %s alone where that is broken, and says what to do',
    async (name) => {
      const fault = FAULTS[name]
      await fault.break?.()
      try {
        const report = await examine(fault)
        const failed = failedOf(report)
        expect(
          failed.map((check) => check.name),
          fault.what,
        ).toEqual([name])
        expect(report.ok).toBe(false)
        expect(failed[0]?.detail).toMatch(fault.says)
        expect(failed[0]?.remedy).toMatch(/\.$/)
        expect(headings).toContain(failed[0]?.guide)
      } finally {
        await fault.mend?.()
      }
      expect(failedOf(await examine())).toEqual([])
    },
  )

  it('makes every check that is written', () => {
    const folder = path.join(ROOT, 'src/doctor')
    const written = readdirSync(folder).flatMap((file) => {
      const text = readFileSync(path.join(folder, file), 'utf8')
      return [...text.matchAll(/^export (?:async )?function (check\w+)/gm)].map(
        ([, name]) => name ?? '',
      )
    })
    const made = readFileSync(path.join(folder, 'create-checks.ts'), 'utf8')
    expect(written.length).toBe(CHECK_NAMES.length)
    expect(written.filter((check) => !made.includes(`${check}(`))).toEqual([])
  })

  describe('sending a test message', () => {
    /** Meta has taken the message by the time that anybody looks, and then it is too late. */
    const tooLate = (): Partial<Surroundings> => ({
      testWithinMs: 0,
      async sendMessage(body) {
        const sent = await sendMessage(body)
        if (sent.ok) await world.until(sent.message.id, 'accepted')
        return sent
      },
    })
    const finding = async (fault: Partial<Fault>) => {
      const report = await examine({ sendTest: nextRecipient, ...fault })
      return report.checks.find(({ name }) => name === 'test_message')
    }

    it('is skipped, with the remedy, where none was asked for and where no service runs', async () => {
      const none = (await examine()).checks.find(({ name }) => name === 'test_message')
      expect(none).toMatchObject({
        result: 'skipped',
        remedy: expect.stringMatching(/--send-test/),
      })
      expect(await finding({ surroundings: () => ({ sendMessage: null }) })).toMatchObject({
        result: 'skipped',
        remedy: expect.stringMatching(/npx aviso serve/),
      })
    })

    it('says which part to look at when no webhook comes in time', async () => {
      control().setWebhooks({ paused: true })
      try {
        expect(await finding({ surroundings: tooLate })).toMatchObject({
          result: 'failed',
          detail: expect.stringMatching(/Meta took the test message, and no webhook came/),
          remedy: expect.stringMatching(/internet.*“messages” subscribed/),
          guide: 'docs/setup-guide.md#webhook',
        })
      } finally {
        control().setWebhooks({ paused: false })
      }
    })

    it('says so when webhooks came, and their signature was wrong', async () => {
      control().setWebhooks({ paused: true })
      await addRefusals(world.database, 1)
      try {
        expect(await finding({ surroundings: tooLate })).toMatchObject({
          result: 'failed',
          detail: expect.stringMatching(/wrong signature/),
          guide: 'docs/setup-guide.md#app-secret',
        })
      } finally {
        control().setWebhooks({ paused: false })
      }
    })

    it('says why it is refused before it is sent', async () => {
      expect(await finding({ sendTest: () => 'nobody' })).toMatchObject({
        result: 'failed',
        detail: expect.stringMatching(/cannot be read as a phone number/),
      })
    })

    it('is waited for before it is said whether a webhook ever came', async () => {
      await sql('delete from webhook_watermarks')
      const report = await examine({ sendTest: nextRecipient })
      expect(report.checks.find(({ name }) => name === 'webhook_received')).toMatchObject({
        result: 'ok',
      })
    })

    it('goes over the running service for whoever asks it', async () => {
      const report = (await post('/api/v1/doctor', {
        send_test: nextRecipient(),
      })) as DoctorReport
      expect(failedOf(report)).toEqual([])
      expect(detailOf(report, 'test_message')).toContain('po_notification')
      expect(detailOf(report, 'metrics')).toContain(metricsUrl())
    })

    it('says hello where no template of orders is approved', async () => {
      await control().changeTemplate({ name: 'po_notification' }, { status: 'PAUSED' })
      try {
        await expect
          .poll(async () => (await finding({}))?.detail, { timeout: 20_000 })
          .toMatch(/^hello_world to/)
      } finally {
        await control().changeTemplate({ name: 'po_notification' }, { status: 'APPROVED' })
      }
    })
  })

  it('asks a token whose app is not known by using it', async () => {
    const withoutApp = { config: cloudApi({ appId: null }) }
    const tokenOf = async () =>
      (await examine(withoutApp)).checks.find(({ name }) => name === 'token')
    expect(await tokenOf()).toMatchObject({ result: 'skipped' })
    control().expireToken()
    try {
      expect(failedOf(await examine(withoutApp)).map(({ name }) => name)).toEqual(['token'])
    } finally {
      control().replaceToken(CREDENTIALS.accessToken)
    }
  })
})

describe('the doctor of a service whose broker is away', () => {
  it('fails in broker alone', async () => {
    const world = await openWorld(await openAnyMigrated(), {
      events: {
        kind: 'rabbitmq',
        url: 'amqp://127.0.0.1:9',
        exchange: 'procurement.events',
        routingKey: 'po.approved',
        queue: 'q',
        topology: 'declare',
        publish: [],
        unboundHours: 1,
        unboundPauseSeconds: 1,
      },
    })
    onTestFinished(() => world.close())
    const response = await fetch(`${world.app.url}/api/v1/doctor`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    })
    const report = (await response.json()) as DoctorReport
    expect(report.checks.filter(({ result }) => result === 'failed')).toMatchObject([
      { name: 'broker', remedy: expect.any(String), guide: 'docs/setup-guide.md#broker' },
    ])
  })
})

/** Where the set-up guide can be pointed at. */
const headings = readFileSync(path.join(ROOT, 'docs/setup-guide.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('## '))
  .map((line) => `docs/setup-guide.md#${line.slice(3).toLowerCase().replaceAll(' ', '-')}`)

function detailOf({ checks }: DoctorReport, name: CheckName): string {
  return checks.find((check) => check.name === name)?.detail ?? ''
}
