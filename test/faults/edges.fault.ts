import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { retryConflicts } from '../../src/db/retry-conflicts.ts'
import { createRandom } from '../../src/emulator/random.ts'
import { findFreePort } from '../support/free-port.ts'
import { ADMIN_KEY } from '../support/test-config.ts'
import { describeFaults } from './support/describe-faults.ts'
import { PATIENT } from './support/fault-world.ts'
import { startService } from './support/service-process.ts'

const MISBEHAVE = fileURLToPath(new URL('support/misbehave.mjs', import.meta.url))
const misbehaving = (how: string) => ({
  nodeOptions: ['--import', MISBEHAVE],
  environment: { AVISO_TEST_MISBEHAVE: how },
})
const HOUR_MS = 3_600_000

describeFaults('what comes over HTTP', (suite) => {
  it('F53 and is odd is answered with a problem, never with a failure of ours', async () => {
    const world = await suite().openForTest({ mix: 'ordinary' })
    await world.start('one')
    await world.load.publish(5)
    const random = createRandom(suite().seed)
    const requests = suite().isFull ? 10_000 : 600
    const failed: string[] = []
    for (let index = 0; index < requests; index += 1) {
      const { method, to, body } = makeOddRequest(random.int, random.token)
      const answer = await world.call(to, { method, ...(body !== undefined && { body }) })
      const text = await answer.text()
      if (answer.status >= 500 || text.includes('    at ')) {
        failed.push(`${method} ${to} ${String(body)}: ${answer.status} ${text.slice(0, 200)}`)
      }
    }
    expect(failed.slice(0, 5)).toEqual([])
    await world.expectSound(`F53 ${requests} odd requests`)
  })

  it('F54 and never ends, or is far too long, is cut off, and nobody else waits', async () => {
    const world = await suite().openForTest({ mix: 'ordinary' })
    const service = await world.start('one')
    await world.load.publish(5)
    const before = residentMegabytes(service.pid)
    const port = Number(new URL(service.url).port)
    const head =
      'POST /api/v1/whatsapp/webhook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
    const slow = Array.from({ length: 100 }, () => openSocket(port, 'GET / HTTP/1.1\r\nx-a: '))
    const halfBodies = Array.from({ length: 100 }, () =>
      openSocket(port, `${head}content-length: 100\r\n\r\n{"entry`),
    )
    const dripping = setInterval(() => {
      for (const { socket } of [...slow, ...halfBodies]) if (socket.writable) socket.write('a')
    }, 500)
    onTestFinished(() => clearInterval(dripping))
    const started = performance.now()
    const huge = openSocket(
      port,
      `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(100_000)}\r\n\r\n`,
    )
    const long = openSocket(port, `${head}content-length: 100000000\r\n\r\n`)
    const chunked = openSocket(port, `${head}transfer-encoding: chunked\r\n\r\n`)
    const bomb = setInterval(() => {
      if (chunked.socket.writable) chunked.socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`)
    }, 10)
    onTestFinished(() => clearInterval(bomb))
    const asked = performance.now()
    expect((await world.call('/healthz')).status).toBe(200)
    expect(performance.now() - asked).toBeLessThan(5000)
    await Promise.all([huge, long, chunked, ...slow, ...halfBodies].map(({ closed }) => closed))
    const seconds = Math.round((performance.now() - started) / 1000)
    expect(residentMegabytes(service.pid) - before).toBeLessThan(100)
    await world.expectSound(`F54 the last of 203 was cut off after ${seconds} s`)
  })
})

describeFaults('a process that is not itself', (suite) => {
  it('F55 whose clock jumps by hours and days sends nothing twice, and ends no lease early', async () => {
    const world = await suite().openForTest({ mix: 'ordinary', environment: PATIENT })
    const ahead = await world.start('one', misbehaving(`clock:${3 * HOUR_MS}`))
    const behind = await world.start('two', misbehaving(`clock:${-48 * HOUR_MS}`))
    world.load.start(40)
    await world.untilSending()
    ahead.signal('SIGUSR2')
    behind.signal('SIGUSR2')
    for (let time = 0; time < 4; time += 1) {
      await world.untilSending()
      await setTimeout(1000)
    }
    const report = await world.expectSound('F55')
    expect(report.inDoubt).toBe(0)
    expect(report.accepted).toBe(report.acked)
  })

  it('F56 whose memory ends is gone, and loses nothing', async () => {
    const world = await suite().openForTest({ mix: 'ordinary' })
    const { nodeOptions, environment } = misbehaving('memory')
    const dying = await world.start('one', {
      nodeOptions: ['--max-old-space-size=120', ...nodeOptions],
      environment,
    })
    world.load.start(40)
    await world.untilSending()
    dying.signal('SIGUSR2')
    const { code, signal } = await dying.ended
    expect(code === 0).toBe(false)
    await world.start('one')
    await world.untilSending()
    const report = await world.expectSound(`F56 memory, ended with ${String(code ?? signal)}`)
    expect(report.acked).toBe(report.events)
  })

  it('F56 whose loop stands still for longer than its lease loses nothing', async () => {
    const world = await suite().openForTest({ mix: 'ordinary' })
    const blocked = await world.start('one', misbehaving('block:5000'))
    await world.start('two')
    world.load.start(40)
    await world.untilSending()
    blocked.signal('SIGUSR2')
    await world.untilSending()
    await setTimeout(5000)
    const report = await world.expectSound('F56 blocked')
    expect(report.acked).toBe(report.events)
  })
})

describeFaults('a start', (suite) => {
  it('F60 with what cannot be right is refused, each fault in one line', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'aviso-test-start-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const log = path.join(directory, 'log')
    const good = {
      DATABASE_URL: await suite().postgres.createDatabase(),
      AVISO_ADMIN_KEY: ADMIN_KEY,
      AVISO_METRICS_PORT: '0',
      WHATSAPP_GRAPH_URL: 'http://127.0.0.1:9',
      WHATSAPP_ACCESS_TOKEN: 'test-access-token',
      WHATSAPP_PHONE_NUMBER_ID: '106540352242922',
      WHATSAPP_BUSINESS_ACCOUNT_ID: '102290129340398',
      WHATSAPP_APP_SECRET: 'test-app-secret-0123456789',
      WHATSAPP_WEBHOOK_VERIFY_TOKEN: 'test-verify-token',
    }
    const skewed = path.join(directory, 'skewed.mjs')
    execFileSync('sh', [
      '-c',
      `printf 'const now = Date.now\\nDate.now = () => now() + 7200000\\n' > ${skewed}`,
    ])
    const cases: [Record<string, string>, string, string[]?][] = [
      [{ WHATSAPP_APP_SECRET: '' }, 'WHATSAPP_APP_SECRET'],
      [{ AVISO_ADMIN_KEY: 'short' }, 'AVISO_ADMIN_KEY'],
      [{ WHATSAPP_GRAPH_URL: 'http://graph.example.com' }, 'WHATSAPP_GRAPH_URL'],
      [{ AVISO_MAX_MPS: '0', WHATSAPP_GRAPH_URL: 'https://graph.facebook.com' }, 'AVISO_MAX_MPS'],
      [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
      [{}, 'the clock', ['--import', skewed]],
    ]
    for (const [more, named, nodeOptions] of cases) {
      const service = startService({
        log,
        directory,
        port: await findFreePort(),
        environment: { ...good, ...more },
        ...(nodeOptions !== undefined && { nodeOptions }),
      })
      expect(await service.ended, named).toEqual({ code: 78, signal: null })
      const lines = readFileSync(log, 'utf8').trim().split('\n')
      const last = lines.at(-1) ?? ''
      expect(last).toContain(named === 'the clock' ? '7200 s ahead of' : named)
    }
    expect(readFileSync(log, 'utf8')).not.toMatch(/^\s+at /m)
  })
})

describeFaults('processes side by side', (suite) => {
  it('F61 one whose log nobody reads goes on all the same, and ends when it is told to', async () => {
    const world = await suite().openForTest({ mix: 'ordinary' })
    const directory = mkdtempSync(path.join(tmpdir(), 'aviso-test-log-'))
    const pipe = path.join(directory, 'pipe')
    execFileSync('mkfifo', [pipe])
    const reader = openSync(pipe, 'r+')
    onTestFinished(() => {
      closeSync(reader)
      rmSync(directory, { recursive: true })
    })
    const service = await world.start('one', { environment: { LOG_LEVEL: 'trace' }, log: pipe })
    for (let round = 0; round < 3; round += 1) await world.load.publish(200)
    await world.atRest()
    expect((await world.call('/readyz')).status).toBe(200)
    await world.expectSound('F61')
    service.signal('SIGTERM')
    expect(await service.ended).toEqual({ code: 0, signal: null })
  })

  it('F62 of one role each, and two of each, share the work, and say what they do not know', async () => {
    const world = await suite().openForTest()
    for (const role of ['api,webhook', 'consumer', 'dispatcher']) {
      await world.start(`${role} one`, { roles: role })
      await world.start(`${role} two`, { roles: role })
    }
    const api = await world.start('api', { roles: 'api' })
    await world.start('webhook', { roles: 'webhook' })
    world.load.start(60)
    for (let time = 0; time < 3; time += 1) await world.untilSending()
    const health = await fetch(`${api.url}/api/v1/whatsapp/health`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    })
    expect(await health.text()).not.toContain('not configured')
    const consumer = await world.start('consumer one', { roles: 'consumer' })
    const dispatcher = await world.start('dispatcher one', { roles: 'dispatcher' })
    await world.untilSending()
    consumer.signal('SIGKILL')
    dispatcher.signal('SIGKILL')
    await world.untilSending()
    const report = await world.expectSound('F62 roles')
    expect(report.acked).toBe(report.events)
    const owners = await world.query('select distinct lease_owner from whatsapp_attempts')
    expect(owners.length).toBeGreaterThan(1)
  })

  it('F62 of two versions go on over the newer schema, one after the other', async () => {
    const world = await suite().openForTest({ mix: 'ordinary', environment: PATIENT })
    await world.start('one')
    world.load.start(40)
    await world.untilSending()
    // What a newer version does while this one works: a column, again after a deadlock, and the note of its migration.
    await retryConflicts(() =>
      world.query('alter table whatsapp_messages add column of_tomorrow text'),
    )
    await world.query(
      `insert into aviso_migrations (name, timestamp) values ('whatsapp999', now()::text)`,
    )
    await world.untilSending()
    // Rolled out process by process, and one of the former version starts again in between.
    await world.start('two')
    await world.stop('one')
    await world.untilSending()
    await world.start('one')
    await world.untilSending()
    const report = await world.expectSound('F62 versions')
    expect(report).toMatchObject({ acked: report.events, inDoubt: 0 })
  })
})

interface OpenSocket {
  socket: Socket
  closed: Promise<void>
}

function openSocket(port: number, words: string): OpenSocket {
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => undefined)
  socket.resume()
  socket.write(words)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  onTestFinished(() => void socket.destroy())
  return { socket, closed }
}

function residentMegabytes(pid: number): number {
  const [, kilobytes = '0'] =
    /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

function makeOddRequest(
  int: (below: number) => number,
  token: (length: number) => string,
): { method: string; to: string; body?: string } {
  const values = [
    '',
    '-1',
    '0',
    '99999999999999999999',
    'NaN',
    'null',
    '[]',
    '{}',
    '%00',
    '%F0%28',
    '../../etc',
    token(8),
    token(300),
    "'%20or%201=1--",
    '2026-13-45T99:99:99Z',
    '00000000-0000-0000-0000-000000000000',
  ]
  const value = () => values[int(values.length)] ?? ''
  const names = [
    'limit',
    'cursor',
    'status',
    'state',
    'from',
    'to',
    'q',
    'po_number',
    'batch_id',
    '__proto__',
    'limit[]',
  ]
  const query = Array.from(
    { length: int(4) },
    () => `${names[int(names.length)] ?? 'q'}=${value()}`,
  )
  const places = [
    '/api/v1/whatsapp/messages',
    `/api/v1/whatsapp/messages/${value()}`,
    `/api/v1/whatsapp/messages/${value()}/retry`,
    '/api/v1/whatsapp/messages/bulk',
    `/api/v1/whatsapp/batches/${value()}`,
    '/api/v1/events',
    '/api/v1/rejected-events',
    `/api/v1/rejected-events/${value()}/replay`,
    '/api/v1/keys',
    '/api/v1/suppliers',
    `/api/v1/suppliers/${value()}`,
    '/api/v1/whatsapp/templates',
  ]
  const bodies = [
    'null',
    '[]',
    '{}',
    '{"a":',
    '"x"',
    '1e999',
    `{"to":${'['.repeat(200)}${']'.repeat(200)}}`,
    '{"__proto__":{"isAdmin":true}}',
    `{"to":"${token(5)}","type":"template","template":{"name":[]}}`,
    '{"messages":"x"}',
    '{"messages":[null,1,{}]}',
    '{"to":"\\u0000","type":"text","text":{"body":"\\ud800"}}',
    '{"name":"x","role":"god"}',
    `{"event_id":"${token(200)}","event_type":"po.approved","data":[]}`,
  ]
  const method = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'][int(5)] ?? 'GET'
  const body = method === 'GET' || int(5) === 0 ? undefined : bodies[int(bodies.length)]
  const place = places[int(places.length)] ?? '/'
  const to = query.length === 0 ? place : `${place}?${query.join('&')}`
  return { method, to, ...(body !== undefined && { body }) }
}
