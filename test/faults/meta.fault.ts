import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { magicNumber, refusingNumber } from '../../src/emulator/magic-numbers.ts'
import { findFreePort } from '../support/free-port.ts'
import { describeFaults } from './support/describe-faults.ts'
import type { FaultWorld } from './support/fault-world.ts'

const OTHER_TOKEN = 'another-test-access-token'

describeFaults('a Meta that fails', (suite) => {
  let world: FaultWorld
  beforeAll(async () => {
    world = await suite().open({ mix: 'ordinary', proxied: ['meta'] })
    await world.start('one')
  })
  afterAll(() => world.close())

  const count = async (state: string) => (await world.inState(state)).length
  const script = (rule: Record<string, unknown>) => world.emulator.control('POST', 'script', rule)
  const accepted = async () => (await world.emulator.accepted()).length
  /** The states of what these orders became, in their order. */
  const publishTo = async (...phones: string[]) => {
    const first = world.load.ledger.size
    await world.load.publishOrders(...phones.map((phone) => ({ supplier_phone: phone })))
    const ids = [...world.load.ledger.keys()].slice(first)
    return async () => {
      const rows = await world.query<{ event_id: string; state: string }>(
        'select event_id, state from whatsapp_messages where event_id = any ($1)',
        [ids],
      )
      const states = new Map(rows.map((row) => [row.event_id, row.state]))
      return ids.map((id) => states.get(id))
    }
  }

  it('F27 by being slow: in time it is accepted, too late it is in doubt and settled', async () => {
    await script({ behaviour: 'normal', delay_ms: 300, times: 3 })
    const intime = await publishTo('+34611000001', '+34611000002', '+34611000003')
    await world.until('they are read', async () => (await intime()).every((one) => one === 'read'))
    await script({ behaviour: 'normal', delay_ms: 3000, times: 2 })
    const late = await publishTo('+34611000004', '+34611000005')
    await world.until('a webhook settles them', async () => {
      return (await late()).every((one) => one === 'read')
    })
    // A byte at a time: nothing of it may hold the others for longer than a call may take.
    world.proxies.meta?.throttle(20)
    await publishTo('+34611000006')
    await setTimeout(2000)
    world.proxies.meta?.throttle(Number.POSITIVE_INFINITY)
    const next = await publishTo('+34611000007')
    await world.until('others go on', async () => (await next()).every((one) => one === 'read'))
    await world.expectSound('F27')
  })

  it('F28 by a storm of errors is not called hot, and nothing but what was under way is in doubt', async () => {
    const before = await accepted()
    await script({ behaviour: 'graph_500', times: null })
    const refused = await publishTo(...phones(8, '+3462100'))
    await setTimeout(suite().isFull ? 60_000 : 4000)
    const attempts = await world.query<{ count: number }>(
      `select count(*)::int as count from whatsapp_attempts where outcome = 'rejected'`,
    )
    // Eight orders, whose waits double; and a breaker behind them.
    expect(attempts[0]?.count).toBeLessThan(suite().isFull ? 160 : 60)
    await world.emulator.control('DELETE', 'script')
    await world.until('they are read', async () => (await refused()).every((one) => one === 'read'))
    expect(await accepted()).toBe(before + 8)
    await script({ behaviour: 'html_502', times: null })
    const doubts = await count('in_doubt')
    const lost = await publishTo(...phones(40, '+3462200'))
    await world.until('the breaker opens', async () => {
      return (await world.logOf('one')).includes('breaker.opened')
    })
    await setTimeout(1000)
    const inDoubt = (await count('in_doubt')) + (await count('unconfirmed')) - doubts
    expect(inDoubt).toBeLessThanOrEqual(10 + 16)
    await world.emulator.control('DELETE', 'script')
    await world.until('the others are read', async () => {
      return (await lost()).every((one) => ['read', 'in_doubt', 'unconfirmed'].includes(one ?? ''))
    })
    await world.expectSound('F28')
  })

  it('F29 by its limits: a pair waits alone, and the number goes slower', async () => {
    const pair = await publishTo(refusingNumber(131056))
    const others = await publishTo(...phones(10, '+3462300'))
    await world.until('the others are read', async () => {
      return (await others()).every((one) => one === 'read')
    })
    expect(await pair()).toEqual(['queued'])
    await world.query(
      `update whatsapp_messages set state = 'canceled', error_code = 'canceled', due_at = null where state = 'queued'`,
    )
    const throttled = await publishTo(magicNumber('throttled'))
    await world.until('it is slowed', async () => {
      const rows = await world.query<{ factor: number }>('select factor from number_pace')
      return rows.some(({ factor }) => factor < 1)
    })
    expect(await throttled()).toEqual(['queued'])
    await world.query(
      `update whatsapp_messages set state = 'canceled', error_code = 'canceled', due_at = null where state = 'queued'`,
    )
    await world.expectSound('F29')
  })

  it('F30 by not being reached is not sent, whatever stands at its address, and sent once it is', async () => {
    const before = await accepted()
    const closed = await findFreePort()
    const impostor = await openImpostor()
    const addresses = [
      `http://127.0.0.1:${closed}`,
      'https://no-such-host.invalid',
      `https://localhost:${impostor.port}`,
    ]
    let written: (() => Promise<(string | undefined)[]>) | undefined
    for (const address of addresses) {
      await world.start('one', {
        environment: { WHATSAPP_GRAPH_URL: address, AVISO_MAX_MPS: '80' },
      })
      written ??= await publishTo('+34624000001')
      await world.until('it is tried', async () => {
        const rows = await world.query<{ count: number }>(
          `select count(*)::int as count from whatsapp_attempts a join whatsapp_messages m on m.id = a.message_id
           where m.recipient_phone = '+34624000001' and a.outcome = 'not_sent'`,
        )
        return (rows[0]?.count ?? 0) > addresses.indexOf(address)
      })
      await world.query(
        `update whatsapp_messages set due_at = clock_timestamp(), failures = 0 where state = 'queued'`,
      )
    }
    expect(impostor.requests).toBe(0)
    await world.start('one')
    await world.until('it is read', async () => (await written?.())?.[0] === 'read')
    expect(await accepted()).toBe(before + 1)
    await world.expectSound('F30')
  })

  it('F31 F32 by answers that are lost, garbled or a gateway’s is found out by the webhook, and sent once', async () => {
    const before = await accepted()
    const states = await publishTo(
      magicNumber('accept_then_cut', 1),
      magicNumber('accept_then_hang', 1),
      magicNumber('accept_then_502', 1),
      magicNumber('accept_then_broken_json', 1),
      magicNumber('accept_without_id', 1),
    )
    await world.until('they are read', async () => (await states()).every((one) => one === 'read'))
    expect(await accepted()).toBe(before + 5)
    await world.expectSound('F31 F32')
  })

  it('F32 by a second id for one call is told, with the status that shows it', async () => {
    const states = await publishTo('+34625000001')
    await world.until('it is read', async () => (await states())[0] === 'read')
    const all = await world.emulator.accepted()
    const last = all.at(-1)
    const status = {
      id: `${last?.wamid ?? ''}.again`,
      status: 'sent',
      timestamp: String(Math.floor(Date.now() / 1000)),
      recipient_id: '34625000001',
      biz_opaque_callback_data: last?.callback_data,
    }
    expect(await world.sendWebhook(world.statusBody([status]))).toBe(200)
    const id = last?.callback_data?.split('.')[1]
    const rows = await world.query(
      'select duplicate_sent, needs_attention from whatsapp_messages where id = $1',
      [id],
    )
    expect(rows).toEqual([{ duplicate_sent: true, needs_attention: true }])
    await world.expectSound('F32 two ids')
  })

  it('F33 by an expired token holds everything, with one alert, and goes on with the new one', async () => {
    await world.emulator.control('POST', 'token/expire')
    const states = await publishTo(...phones(12, '+3462600'))
    await world.until('they are held', async () => (await states()).every((one) => one === 'held'))
    const log = await world.logOf('one')
    expect(log.match(/gate\.closed/g)?.length).toBe(1)
    await world.emulator.control('POST', 'token/replace', { token: OTHER_TOKEN })
    await world.start('one', { environment: { WHATSAPP_ACCESS_TOKEN: OTHER_TOKEN } })
    await world.until('they are read', async () => (await states()).every((one) => one === 'read'))
    const rows = await world.query<{ attempts: number }>(
      `select attempts from whatsapp_messages where recipient_phone like '+3462600%'`,
    )
    expect(new Set(rows.map(({ attempts }) => attempts))).toEqual(new Set([1]))
    await world.expectSound('F33')
  })

  it('F34 by pausing a template holds its orders, and sends them when it is approved again', async () => {
    const change = (status: string) =>
      world.emulator.control('POST', 'templates', { name: 'po_notification', status })
    await change('PAUSED')
    const states = await publishTo(...phones(6, '+3462700'))
    await world.until('they are held', async () => (await states()).every((one) => one === 'held'))
    await change('APPROVED')
    await world.until('they are read', async () => (await states()).every((one) => one === 'read'))
    await world.expectSound('F34')
  })

  it('F35 by locking the account holds everything, and goes on when a probe is taken', async () => {
    for (const code of [131031, 131042]) {
      await world.emulator.control('POST', 'account', { send_error: code })
      const states = await publishTo(...phones(4, `+34628${String(code % 100)}`))
      await world.until('they are held', async () =>
        (await states()).every((one) => one === 'held'),
      )
      await world.emulator.control('POST', 'account', { send_error: null })
      // Its own schedule begins at 30 s.
      await world.query(`update send_gates set probe_at = clock_timestamp()`)
      await world.until('they are read', async () =>
        (await states()).every((one) => one === 'read'),
      )
    }
    await world.expectSound('F35')
  })
})

function phones(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(4, '0')}`)
}

/** Speaks TLS under a certificate that nobody trusts, and counts what is said to it. */
async function openImpostor(): Promise<{ port: number; requests: number }> {
  const directory = mkdtempSync(path.join(tmpdir(), 'aviso-test-tls-'))
  const [key, cert] = [path.join(directory, 'key'), path.join(directory, 'cert')]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1']
  execFileSync('openssl', [...request, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  })
  const seen = { port: 0, requests: 0 }
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => (seen.requests += 1))
  })
  server.on('tlsClientError', () => undefined)
  rmSync(directory, { recursive: true })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  seen.port = (server.address() as AddressInfo).port
  return seen
}
