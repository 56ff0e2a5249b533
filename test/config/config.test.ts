import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { settings } from '../../src/config/settings.ts'
import { loadDatabaseConfig, loadSandboxConfig, loadServeConfig } from '../../src/config.ts'
import type { Env, ServeConfig } from '../../src/config.ts'

const NOW = new Date('2026-11-23T00:00:00Z')
const REQUIRED = {
  WHATSAPP_ACCESS_TOKEN: 'EAAtoken',
  WHATSAPP_PHONE_NUMBER_ID: '106540352242922',
  WHATSAPP_BUSINESS_ACCOUNT_ID: '102290129340398',
  WHATSAPP_APP_SECRET: 'a'.repeat(32),
  WHATSAPP_WEBHOOK_VERIFY_TOKEN: 'verify-me',
}

function load(env: Env, roles?: string): { config: ServeConfig; warnings: string[] } {
  const loaded = loadServeConfig(
    { ...REQUIRED, ...env },
    roles === undefined ? { now: NOW } : { now: NOW, roles },
  )
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded
}

function problemsOf(env: Env, roles?: string): string[] {
  const loaded = loadServeConfig(
    { ...REQUIRED, ...env },
    roles === undefined ? { now: NOW } : { now: NOW, roles },
  )
  return loaded.ok ? [] : loaded.problems
}

describe('loadServeConfig', () => {
  it('needs the five WhatsApp variables and nothing else', () => {
    const { config, warnings } = load({})
    expect(warnings).toEqual([])
    expect(config).toEqual({
      roles: ['api', 'webhook', 'consumer', 'dispatcher'],
      database: { kind: 'pglite', dataDir: path.resolve('data/serve') },
      events: { kind: 'none' },
      cloudApi: {
        graphUrl: 'https://graph.facebook.com',
        apiVersion: 'v25.0',
        accessToken: 'EAAtoken',
        phoneNumberId: '106540352242922',
        businessAccountId: '102290129340398',
        appSecrets: ['a'.repeat(32)],
        webhookVerifyToken: 'verify-me',
        appId: null,
      },
      sending: {
        enabled: true,
        maxMps: 80,
        inDoubt: 'hold',
        onlyTo: null,
        backlogMinutes: 60,
        expiryHours: 72,
        leaseSeconds: 30,
        doubtWindowSeconds: 900,
        sweepSeconds: 5,
        templateSyncSeconds: 600,
        sendTimeoutMs: 10000,
        connections: 256,
      },
      tenants: {
        policy: 'shared',
        defaultTenantId: '00000000-0000-0000-0000-000000000000',
        defaultCountry: null,
        defaultLanguage: 'en',
        encryptionKey: null,
      },
      http: { host: '0.0.0.0', port: 8080, metricsPort: 9464 },
      adminKey: null,
      retentionDays: 400,
      orphanDays: 8,
      rateCard: null,
      gapSeconds: 900,
      undeliveredHours: 744,
      startWaitSeconds: 900,
      alerts: null,
      tracing: null,
      logLevel: 'info',
    })
  })

  it('reports every missing and malformed variable at once, one line each', () => {
    const loaded = loadServeConfig(
      {
        PORT: 'http',
        AVISO_IN_DOUBT: 'maybe',
        // It can be read, and is no rate card.
        AVISO_RATE_CARD: 'package.json',
        DATABASE_URL: 'mysql://x:hunter2@db/x',
      },
      { now: NOW, roles: 'api,mailer' },
    )
    const problems = loaded.ok ? [] : loaded.problems
    const wrong = ['DATABASE_URL', 'AVISO_IN_DOUBT', 'AVISO_RATE_CARD', 'PORT', '--roles']
    const named = [...Object.keys(REQUIRED), ...wrong]
    expect(problems.map((line) => /^[\w-]+/.exec(line)?.[0]).sort()).toEqual(named.sort())
    for (const line of problems) {
      expect(line).not.toContain('\n')
      expect(line).toMatch(/[.:] [A-Z].*/)
    }
  })

  it('counts an empty variable as missing', () => {
    expect(problemsOf({ WHATSAPP_ACCESS_TOKEN: '  ' })).toEqual([
      expect.stringMatching(/^WHATSAPP_ACCESS_TOKEN is missing\. Set it: access token/),
    ])
  })

  it('never repeats a secret in a problem', () => {
    const secret = 'hunter2 hunter2'
    const env = Object.fromEntries(
      Object.values(settings)
        .filter((one) => one.secret)
        .map((one) => [one.env, secret]),
    )
    const problems = problemsOf(env)
    expect(problems).toHaveLength(Object.keys(env).length)
    expect(problems.join('\n')).not.toContain('hunter2')
  })

  it('cannot be changed afterwards', () => {
    const { config } = load({ AVISO_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') })
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.sending)).toBe(true)
    expect(Object.isFrozen(config.cloudApi.appSecrets)).toBe(true)
    expect(config.tenants.encryptionKey).toHaveLength(32)
  })

  it.each([
    ['WHATSAPP_PHONE_NUMBER_ID', '+34612345678'],
    ['WHATSAPP_APP_SECRET', `${'a'.repeat(32)},${'b'.repeat(32)},${'c'.repeat(32)}`],
    ['WHATSAPP_APP_SECRET', 'short'],
    ['WHATSAPP_API_VERSION', '25'],
    ['WHATSAPP_GRAPH_URL', 'http://graph.facebook.com'],
    ['WHATSAPP_GRAPH_URL', 'http://127.0.0.1.evil.example'],
    ['WHATSAPP_GRAPH_URL', 'https://user:pass@graph.facebook.com'],
    ['WHATSAPP_GRAPH_URL', 'graph.facebook.com'],
    ['ENABLE_WHATSAPP_NOTIFICATIONS', 'yes'],
    ['RABBITMQ_URL', 'http://localhost'],
    ['AVISO_EVENTS_EXCHANGE', 'amq.topic'],
    ['AVISO_TOPOLOGY', 'make'],
    ['AVISO_PUBLISH', 'po.*,what is this'],
    ['AVISO_TENANTS', 'all'],
    ['AVISO_DEFAULT_TENANT_ID', '42'],
    ['AVISO_DEFAULT_COUNTRY', 'Spain'],
    ['AVISO_DEFAULT_COUNTRY', 'QQ'],
    ['AVISO_DEFAULT_LANGUAGE', 'spanish'],
    ['AVISO_MAX_MPS', '0'],
    ['AVISO_MAX_MPS', '1001'],
    ['AVISO_MAX_MPS', '-1'],
    ['AVISO_ONLY_TO', '+34612345678,612345679'],
    ['AVISO_EXPIRY_HOURS', '0'],
    ['AVISO_RETENTION_DAYS', '7'],
    ['HOST', 'http://localhost'],
    ['PORT', '65536'],
    ['PORT', '9464'],
    ['AVISO_ADMIN_KEY', 'k'.repeat(31)],
    ['AVISO_ENCRYPTION_KEY', Buffer.alloc(31).toString('base64')],
    ['AVISO_LEASE_SECONDS', '12'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s in one line that names it', (name, value) => {
    const problems = problemsOf({ [name]: value })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(name)
  })

  it('refuses in every variable that is not just any text what it cannot read', () => {
    const texts = ['AVISO_DATA_DIR', 'AVISO_ALERT_SECRET', 'OTEL_SERVICE_NAME']
    const names = ['AVISO_EVENTS_EXCHANGE', 'AVISO_EVENTS_ROUTING_KEY', 'AVISO_EVENTS_QUEUE']
    for (const { env } of Object.values(settings).filter((one) => !texts.includes(one.env))) {
      const value = names.includes(env) ? 'x'.repeat(256) : '\u0001 x!'
      expect(problemsOf({ [env]: value }), env).toEqual([expect.stringContaining(env)])
    }
  })

  it('reads what each variable of the interface says', () => {
    const { config } = load({
      ENABLE_WHATSAPP_NOTIFICATIONS: 'false',
      WHATSAPP_APP_ID: '7',
      WHATSAPP_API_VERSION: 'v24.0',
      AVISO_DATA_DIR: '/srv/aviso',
      RABBITMQ_URL: 'amqp://mq',
      AVISO_EVENTS_EXCHANGE: 'erp',
      AVISO_EVENTS_ROUTING_KEY: 'order.ok',
      AVISO_TOPOLOGY: 'check',
      AVISO_PUBLISH: '#',
      AVISO_TENANTS: 'known',
      AVISO_DEFAULT_TENANT_ID: '11111111-1111-4111-8111-111111111111',
      AVISO_MAX_MPS: '1000',
      AVISO_IN_DOUBT: 'resend',
      AVISO_ONLY_TO: '+34612345678, +34698765432',
      AVISO_EXPIRY_HOURS: '1',
      AVISO_RETENTION_DAYS: '30',
      HOST: '127.0.0.1',
      AVISO_ADMIN_KEY: 'k'.repeat(32),
      LOG_LEVEL: 'debug',
    })
    expect(config).toMatchObject({
      database: { kind: 'pglite', dataDir: '/srv/aviso' },
      events: { exchange: 'erp', routingKey: 'order.ok', topology: 'check', publish: ['#'] },
      cloudApi: { appId: '7', apiVersion: 'v24.0' },
      sending: {
        enabled: false,
        maxMps: 1000,
        inDoubt: 'resend',
        onlyTo: ['+34612345678', '+34698765432'],
        expiryHours: 1,
      },
      tenants: { policy: 'known', defaultTenantId: '11111111-1111-4111-8111-111111111111' },
      http: { host: '127.0.0.1' },
      adminKey: 'k'.repeat(32),
      retentionDays: 30,
      logLevel: 'debug',
    })
  })

  it('shows of a phone number its last two digits only', () => {
    const [line] = problemsOf({ AVISO_ONLY_TO: '+34655555551, 698765479' })
    expect(line).toContain('number 2')
    expect(line).toContain('79')
    expect(line).not.toMatch(/69876547|65555555/)
  })

  it.each(['http://127.0.0.1:9000', 'http://localhost:9000', 'http://[::1]:9000'])(
    'speaks http, and without a limit, to %s',
    (url) => {
      const { config } = load({ WHATSAPP_GRAPH_URL: `${url}/`, AVISO_MAX_MPS: '0' })
      expect(config.cloudApi.graphUrl).toBe(url)
      expect(config.sending.maxMps).toBe(0)
    },
  )

  it('takes two app secrets while one is being rotated', () => {
    const [first, second] = ['a'.repeat(32), 'b'.repeat(32)]
    const { config } = load({ WHATSAPP_APP_SECRET: `${first}, ${second}` })
    expect(config.cloudApi.appSecrets).toEqual([first, second])
  })

  it('chooses PostgreSQL and RabbitMQ by their addresses', () => {
    const { config } = load({
      DATABASE_URL: 'postgres://u:p@db:5432/aviso',
      RABBITMQ_URL: 'amqps://u:p@mq/v',
      AVISO_EVENTS_QUEUE: 'mine',
      AVISO_PUBLISH: '',
    })
    expect(config.database).toEqual({ kind: 'postgres', url: 'postgres://u:p@db:5432/aviso' })
    expect(config.events).toEqual({
      kind: 'rabbitmq',
      url: 'amqps://u:p@mq/v',
      exchange: 'procurement.events',
      routingKey: 'po.approved',
      queue: 'mine',
      topology: 'declare',
      publish: [],
      unboundHours: 72,
      unboundPauseSeconds: 30,
    })
  })

  it('turns the metrics off with port 0 and takes port 0 as a free one', () => {
    const { config } = load({ AVISO_METRICS_PORT: '0', PORT: '0' })
    expect(config.http).toEqual({ host: '0.0.0.0', port: 0, metricsPort: null })
  })

  it('reads a country and a language however they are written', () => {
    const { config } = load({ AVISO_DEFAULT_COUNTRY: 'es', AVISO_DEFAULT_LANGUAGE: 'pt-br' })
    expect(config.tenants.defaultCountry).toBe('ES')
    expect(config.tenants.defaultLanguage).toBe('pt_BR')
  })

  it('warns once for each deprecated variable and names its replacement', () => {
    const { warnings } = load({
      WHATSAPP_API_KEY: 'SKsecret',
      WHATSAPP_BASE_URL: 'https://api.twilio.com',
      WHATSAPP_FROM_NUMBER: '+15550001111',
    })
    expect(warnings).toEqual([
      expect.stringMatching(/^WHATSAPP_API_KEY .*WHATSAPP_ACCESS_TOKEN/),
      expect.stringMatching(/^WHATSAPP_BASE_URL .*WHATSAPP_GRAPH_URL/),
      expect.stringMatching(/^WHATSAPP_FROM_NUMBER .*WHATSAPP_PHONE_NUMBER_ID/),
    ])
    expect(warnings.join('\n')).not.toContain('SKsecret')
  })

  it.each([
    ['v18.0', /stopped working on 2026-01-26/],
    ['v9.0', /stopped working on 2025-09-12 or before/],
    ['v21.0', /stops working on 2027-01-21/],
    ['v22.0', /stops working on 2027-05-20/],
    ['v99.0', /not known to this release/],
  ])('warns about version %s', (version, words) => {
    expect(load({ WHATSAPP_API_VERSION: version }).warnings).toEqual([expect.stringMatching(words)])
  })

  it.each(['v23.0', 'v25.0', 'v26.0'])('says nothing about version %s', (version) => {
    expect(load({ WHATSAPP_API_VERSION: version }).warnings).toEqual([])
  })

  it('takes any subset of the roles, in one order', () => {
    const env = { DATABASE_URL: 'postgres://db/aviso' }
    expect(load(env, 'dispatcher, api').config.roles).toEqual(['api', 'dispatcher'])
    expect(load(env, 'dispatcher, api').warnings).toEqual([])
    expect(problemsOf(env, '')).toHaveLength(1)
  })

  it('warns about roles that nobody else can take, and about a consumer of nothing', () => {
    expect(load({}, 'consumer').warnings).toEqual([
      expect.stringContaining('DATABASE_URL'),
      expect.stringContaining('RABBITMQ_URL'),
    ])
  })

  it('answers any text in any variable with a config or with lines, and never throws', () => {
    const names = Object.values(settings).map((one) => one.env)
    const env = fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(env, (given) => {
        for (const line of problemsOf(given)) expect(line.split('\n')).toHaveLength(1)
      }),
    )
  })
})

describe('loadSandboxConfig', () => {
  it('has defaults of its own and needs nothing', () => {
    const loaded = loadSandboxConfig({}, {})
    expect(loaded.ok && loaded.ignored).toEqual([])
    expect(loaded.ok && loaded.config).toMatchObject({
      roles: ['api', 'webhook', 'consumer', 'dispatcher'],
      dataDir: path.resolve('data/sandbox'),
      database: { kind: 'pglite', dataDir: path.resolve('data/sandbox') },
      events: { kind: 'none' },
      adminKey: null,
      http: { host: '127.0.0.1', port: 8080, metricsPort: null },
      emulatorPort: 0,
      examples: true,
      sending: { maxMps: 0, enabled: true },
    })
  })

  it('reads nothing that reaches another machine, malformed or not, and names what it left', () => {
    const loaded = loadSandboxConfig(
      {
        WHATSAPP_ACCESS_TOKEN: 'real',
        WHATSAPP_GRAPH_URL: 'nonsense',
        DATABASE_URL: 'postgres://real',
        RABBITMQ_URL: 'amqp://real',
        AVISO_ADMIN_KEY: 'short',
        WHATSAPP_APP_ID: '',
        AVISO_DATA_DIR: '/srv/real',
      },
      {},
    )
    expect(loaded.ok && loaded.ignored).toEqual([
      'AVISO_ADMIN_KEY',
      'DATABASE_URL',
      'RABBITMQ_URL',
      'WHATSAPP_ACCESS_TOKEN',
      'WHATSAPP_GRAPH_URL',
    ])
    expect(JSON.stringify(loaded.ok && loaded.config)).not.toContain('real')
  })

  it('lets a flag win over a variable', () => {
    const loaded = loadSandboxConfig(
      { PORT: '9000', AVISO_EMULATOR_PORT: '9001' },
      { port: 9002, dataDir: 'elsewhere', examples: false },
    )
    expect(loaded.ok && loaded.config).toMatchObject({
      dataDir: path.resolve('elsewhere'),
      http: { port: 9002 },
      emulatorPort: 9001,
      examples: false,
    })
  })

  it('reports what is malformed among the variables that it does read', () => {
    const loaded = loadSandboxConfig(
      { PORT: 'x', AVISO_MAX_MPS: 'y', AVISO_RATE_CARD: '/nowhere/card.json' },
      {},
    )
    expect(loaded.ok ? [] : loaded.problems).toHaveLength(3)
  })
})

describe('loadDatabaseConfig', () => {
  it('asks for the database and for nothing else', () => {
    expect(loadDatabaseConfig({ PORT: 'x' })).toEqual({
      ok: true,
      config: { kind: 'pglite', dataDir: path.resolve('data/serve') },
    })
    expect(loadDatabaseConfig({ DATABASE_URL: 'sqlite:x' })).toMatchObject({ ok: false })
  })
})
