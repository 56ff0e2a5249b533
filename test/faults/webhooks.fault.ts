import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { magicNumber } from '../../src/emulator/magic-numbers.ts'
import { createRandom } from '../../src/emulator/random.ts'
import { CREDENTIALS } from '../support/test-config.ts'
import { describeFaults } from './support/describe-faults.ts'
import { PATIENT } from './support/fault-world.ts'
import type { FaultWorld } from './support/fault-world.ts'

const PATH = '/api/v1/whatsapp/webhook'
/** Everything that a webhook may change. */
const TABLES = [
  'whatsapp_messages',
  'whatsapp_attempts',
  'whatsapp_status_facts',
  'whatsapp_wamids',
  'orphan_statuses',
  'inbound_messages',
  'outgoing_events',
  'rejected_events',
]

describeFaults('webhooks that are odd', (suite) => {
  let world: FaultWorld
  beforeAll(async () => {
    world = await suite().open({ mix: 'ordinary', environment: { AVISO_PUBLISH: '#', ...PATIENT } })
    await world.start('one')
  })
  afterAll(() => world.close())

  const setFate = (fate: string) => world.emulator.control('POST', 'webhooks', { fate })
  const post = async (body: Buffer | string, headers: Record<string, string>) => {
    const init = {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    }
    const answer = await fetch(world.url + PATH, init)
    await answer.arrayBuffer()
    return answer.status
  }
  const sign = (body: Buffer | string, secret = CREDENTIALS.appSecret, algorithm = 'sha256') =>
    `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`
  /** A hash of all rows, in no order. */
  const contentHash = async (): Promise<string> => {
    const hashes: string[] = []
    for (const table of TABLES) {
      const rows = await world.query<{ hash: string }>(
        `select md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) as hash from ${table} t`,
      )
      hashes.push(rows[0]?.hash ?? '')
    }
    return hashes.join()
  }
  /** Messages that Meta has accepted and says nothing of. */
  const acceptSilently = async (count: number) => {
    await world.emulator.control('POST', 'script', { behaviour: 'missing', times: count })
    const before = (await world.emulator.accepted()).length
    await world.load.publish(count)
    const mine = async () => (await world.emulator.accepted()).slice(before)
    await world.until('Meta takes them', async () => (await mine()).length === count)
    const all = (await mine()).map(({ wamid, callback_data: data }) => ({ wamid, data }))
    await world.until('it is written', async () => (await rowsOf(all)).length === count)
    return all
  }
  const statusOf = (
    message: { wamid: string; data: string | null },
    status: string,
    at: number,
  ) => ({
    id: message.wamid,
    status,
    timestamp: String(1_770_000_000 + at),
    recipient_id: '34600000000',
    biz_opaque_callback_data: message.data,
    ...(status === 'failed' && { errors: [{ code: 131026, title: 'Undeliverable' }] }),
  })
  const rowsOf = (messages: readonly { wamid: string }[]) =>
    world.query<{ state: string; row: string }>(
      `select state, concat_ws(' ', state, sent_at, delivered_at, delivered_implied, read_at, failed_at, error_code) as row
       from whatsapp_messages where whatsapp_message_id = any ($1)`,
      [messages.map(({ wamid }) => wamid)],
    )

  it('F36 before the answer to the send, each of them, leave nothing behind', async () => {
    await setFate('early')
    await world.load.publish(60)
    await world.atRest()
    await setFate('normal')
    expect(await world.query('select 1 from orphan_statuses')).toEqual([])
    const report = await world.expectSound('F36')
    expect(report.inDoubt).toBe(0)
  })

  it('F37 in every order, once to three times, across batches, make the same row', async () => {
    const orders = permutations(['sent', 'delivered', 'read', 'failed'])
    const messages = await acceptSilently(orders.length)
    const random = createRandom(suite().seed)
    const items = orders.flatMap((words, place) => {
      const message = messages[place]
      if (message === undefined) return []
      return words.flatMap((word) =>
        Array.from({ length: 1 + random.int(3) }, () => statusOf(message, word, word.length)),
      )
    })
    for (let index = 0; index < items.length;) {
      const size = 1 + random.int(9)
      const part = items.slice(index, index + size)
      expect(await world.sendWebhook(world.statusBody(part))).toBe(200)
      index += size
    }
    const rows = await rowsOf(messages)
    expect(new Set(rows.map(({ row }) => row)).size).toBe(1)
    expect(rows[0]?.state).toBe('read')
    await world.expectSound('F37')
  })

  it('F38 of several devices and with unknown words raise a message as far as they go', async () => {
    const states = async (phone: string) =>
      (
        await world.query<{ state: string; implied: boolean }>(
          'select state, delivered_implied as implied from whatsapp_messages where recipient_phone = $1',
          [phone],
        )
      )[0]
    const [read, after, before] = [
      magicNumber('read_without_delivered', 7),
      magicNumber('delivered_then_failed', 7),
      magicNumber('failed_then_delivered', 7),
    ]
    await world.load.publishOrders(
      { supplier_phone: read },
      { supplier_phone: after },
      { supplier_phone: before },
    )
    await world.atRest()
    expect(await states(read)).toEqual({ state: 'read', implied: true })
    expect(await states(after)).toMatchObject({ state: 'delivered' })
    expect(await states(before)).toMatchObject({ state: 'delivered' })
    const [unknown] = await acceptSilently(1)
    if (unknown === undefined) throw new Error('nothing was accepted')
    const word = statusOf(unknown, 'telepathised', 1)
    expect(await world.sendWebhook(world.statusBody([word]))).toBe(200)
    expect((await rowsOf([unknown]))[0]?.state).toBe('accepted')
    await world.expectSound('F38')
  })

  it('F39 F40 of a message nobody knows wait, and the others of their batch are applied', async () => {
    const messages = await acceptSilently(49)
    const stranger = { wamid: 'wamid.a.stranger', data: null }
    const batch = [...messages.slice(0, 20), stranger, ...messages.slice(20)]
    const statuses = batch.map((message) => statusOf(message, 'delivered', 1))
    expect(await world.sendWebhook(world.statusBody(statuses))).toBe(200)
    const rows = await rowsOf(messages)
    expect(rows.filter(({ state }) => state === 'delivered').length).toBe(49)
    const orphans = await world.query('select wamid, status from orphan_statuses')
    expect(orphans).toEqual([{ wamid: stranger.wamid, status: 'delivered' }])
    const health = await world.call('/api/v1/whatsapp/health')
    expect(((await health.json()) as { queue: { orphans: number } }).queue.orphans).toBe(1)
    // It turns out to be one of ours: its message becomes known ten minutes later.
    await world.query(
      `update orphan_statuses set received_at = received_at - interval '10 minutes'`,
    )
    const [known] = await acceptSilently(1)
    if (known === undefined) throw new Error('nothing was accepted')
    await world.query(`update orphan_statuses set wamid = $1, received_at = clock_timestamp()`, [
      known.wamid,
    ])
    await world.until('it is applied', async () => {
      return (await rowsOf([known]))[0]?.state === 'delivered'
    })
    await world.expectSound('F39 F40')
  })

  it('F41 F42 in thousands, old and new, are all applied, and a live one does not wait for them', async () => {
    const messages = await acceptSilently(50)
    const filler = 'x'.repeat(2500)
    const statuses = Array.from({ length: 1000 }, (_, index) => {
      const message = messages[index % messages.length]
      if (message === undefined) throw new Error('nothing was accepted')
      return { ...statusOf(message, index < 50 ? 'read' : 'sent', index % 3), filler }
    })
    const body = JSON.stringify(world.statusBody(statuses))
    expect(body.length).toBeGreaterThan(2_500_000)
    expect(await post(body, { 'x-hub-signature-256': sign(body) })).toBe(200)
    expect((await rowsOf(messages)).every(({ state }) => state === 'read')).toBe(true)
    // After an outage of ours Meta repeats hours of them, while live ones come.
    const old = JSON.stringify(world.statusBody(statuses.slice(0, 50).map(withoutFiller)))
    const signature = { 'x-hub-signature-256': sign(old) }
    const flood = Array.from({ length: suite().isFull ? 1000 : 60 }, () => post(old, signature))
    const started = performance.now()
    const [live] = await acceptSilently(1)
    if (live === undefined) throw new Error('nothing was accepted')
    expect(await world.sendWebhook(world.statusBody([statusOf(live, 'read', 1)]))).toBe(200)
    const waitedMs = Math.round(performance.now() - started)
    expect(new Set(await Promise.all(flood))).toEqual(new Set([200]))
    await world.expectSound(`F41 F42 live one after ${waitedMs} ms`)
  })

  it('F43 under a wrong signature change nothing', async () => {
    await world.load.publish(1)
    await world.atRest()
    const before = await contentHash()
    const status = { ...statusOf({ wamid: 'wamid.forged', data: null }, 'sent', 1), text: 'é/ñ' }
    const body = JSON.stringify(world.statusBody([status])).replaceAll('é', '\\u00e9')
    const right = sign(body)
    const wrong: [string, Record<string, string>][] = [
      [body, {}],
      [body, { 'x-hub-signature-256': sign(body, 'another secret') }],
      [body, { 'x-hub-signature': sign(body, CREDENTIALS.appSecret, 'sha1') }],
      [body, { 'x-hub-signature-256': right.toUpperCase() }],
      [body, { 'x-hub-signature-256': right.slice(0, -1) }],
      [body, { 'x-hub-signature-256': `${right}, ${right}` }],
      [JSON.stringify(JSON.parse(body)), { 'x-hub-signature-256': right }],
      [`${body} `, { 'x-hub-signature-256': right }],
      ['', { 'x-hub-signature-256': right }],
    ]
    for (let index = 7; index < right.length; index += 1) {
      const digit = right[index] === '0' ? '1' : '0'
      const flipped = right.slice(0, index) + digit + right.slice(index + 1)
      wrong.push([body, { 'x-hub-signature-256': flipped }])
    }
    for (const [bytes, headers] of wrong) expect(await post(bytes, headers)).toBe(401)
    expect(await contentHash()).toBe(before)
    expect(await world.logOf('one')).not.toContain('wamid.forged')
    expect(await post(body, { 'x-hub-signature-256': right })).toBe(200)
    await world.query(`delete from orphan_statuses where wamid = 'wamid.forged'`)
    await world.expectSound('F43')
  })

  it('F44 that are replayed, all of them, change nothing and publish nothing again', async () => {
    await world.load.publish(20)
    await world.atRest()
    const { data } = await world.emulator.control<{ data: { body: unknown }[] }>(
      'GET',
      'webhooks/deliveries',
    )
    expect(data.length).toBeGreaterThan(50)
    const before = await contentHash()
    for (const { body } of createRandom(suite().seed).shuffle(data)) {
      const raw = typeof body === 'string' ? body : JSON.stringify(body)
      expect(await post(raw, { 'x-hub-signature-256': sign(raw) })).toBe(200)
    }
    expect(await contentHash()).toBe(before)
    await world.expectSound('F44')
  })

  it('F45 of the verification echo a plain challenge to who knows the token, and nothing else', async () => {
    const ask = async (query: string) => {
      const answer = await fetch(`${world.url}${PATH}?${query}`)
      return {
        status: answer.status,
        type: answer.headers.get('content-type'),
        text: await answer.text(),
      }
    }
    const token = `hub.mode=subscribe&hub.verify_token=${CREDENTIALS.verifyToken}`
    const right = await ask(`${token}&hub.challenge=1158201444`)
    expect(right).toMatchObject({ status: 200, text: '1158201444' })
    expect(right.type).toContain('text/plain')
    for (const query of [
      'hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1',
      'hub.mode=subscribe&hub.challenge=1',
      `hub.mode=unsubscribe&hub.verify_token=${CREDENTIALS.verifyToken}&hub.challenge=1`,
      `${token}&hub.verify_token=wrong&hub.challenge=1`,
      `${token}&hub.challenge=<script>alert(1)</script>`,
      `${token}&hub.challenge=a&hub.challenge=b`,
      `${token}&hub.challenge[]=a`,
      `${token}&hub.challenge=${'1'.repeat(5000)}`,
    ]) {
      const answer = await ask(query)
      expect(answer.status, query.slice(0, 80)).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      expect(answer.text).not.toContain('<script>')
    }
    await world.expectSound('F45')
  })
})

function permutations(words: readonly string[]): string[][] {
  if (words.length < 2) return [[...words]]
  return words.flatMap((word, place) =>
    permutations(words.filter((_, other) => other !== place)).map((rest) => [word, ...rest]),
  )
}

function withoutFiller({ filler: _filler, ...status }: Record<string, unknown>) {
  return status
}
