import { describe, expect, it } from 'vitest'
import { problem, run, startService } from './setup.ts'

const ROW = {
  id: 'r1',
  received_at: '2026-11-22T09:30:00.123Z',
  source: 'http',
  tenant_id: null,
  event_id: 'event-1\u001b[2J',
  code: 'validation_failed',
  detail: 'the event is not valid: data.currency',
  errors: [{ field: 'data.currency', code: 'x', detail: 'is not a currency', remedy: 'Send EUR.' }],
  raw: Buffer.from('{\r\n  "name": "Harinas\u001b[2J é"\n}').toString('base64'),
  headers: { 'content-type': 'application/json', 'x-odd': { a: 1 } },
  replayed_at: null,
  message_id: null,
}

describe('rejected', () => {
  it('lists as a table, or one object a line', async () => {
    const service = await startService(() => ({ body: { data: [ROW], next_cursor: null } }))
    const table = await run(['rejected', '--url', service.url])
    expect(table).toMatchObject({ code: 0, err: [] })
    expect(table.out).toEqual([
      expect.stringMatching(/^RECEIVED +SOURCE +CODE +EVENT +REPLAYED +ID +DETAIL$/),
      expect.stringMatching(
        /^2026-11-22T09:30:00Z +http +validation_failed +event-1\[2J +no +r1 +the event is not valid: data.currency$/,
      ),
    ])
    const json = await run(['rejected', '--json', '--url', service.url])
    expect(json.out.map((line) => JSON.parse(line) as unknown)).toEqual([ROW])
  })

  it('passes filters on, and follows the cursor up to --limit', async () => {
    const service = await startService(({ query }) => {
      const start = Number(query['cursor'] ?? 0)
      // a page may be shorter than its limit
      return { body: { data: [{ id: start }, { id: start + 1 }], next_cursor: String(start + 2) } }
    })
    const argv = ['--source', 'HTTP', '--code', 'conflict', '--limit', '4', '--json']
    const { out, err } = await run(['rejected', ...argv, '--url', service.url])
    expect(out).toEqual(['{"id":0}', '{"id":1}', '{"id":2}', '{"id":3}'])
    expect(err).toEqual([expect.stringContaining('There are more')])
    expect(service.seen.map(({ query }) => query)).toEqual([
      { source: 'http', code: 'conflict', limit: '4' },
      { source: 'http', code: 'conflict', limit: '2', cursor: '2' },
    ])
  })

  it('says that there are none', async () => {
    const service = await startService(() => ({ body: { data: [], next_cursor: null } }))
    expect(await run(['rejected', '--url', service.url])).toEqual({
      code: 0,
      out: ['No rejected events.'],
      err: [],
    })
  })

  it('shows the bytes as text that no terminal obeys', async () => {
    const service = await startService(() => ({ body: ROW }))
    const { out } = await run(['rejected', 'show', 'r/1', '--url', service.url])
    expect(service.seen[0]?.path).toBe('/api/v1/rejected-events/r%2F1')
    expect(out).toEqual([
      'Rejected event r1',
      '  received    2026-11-22T09:30:00.123Z',
      '  source      http',
      '  code        validation_failed',
      '  detail      the event is not valid: data.currency',
      '  event       event-1[2J',
      '',
      'Fields',
      '  data.currency: is not a currency. Send EUR.',
      '',
      'Headers',
      '  content-type: application/json',
      '  x-odd: {"a":1}',
      '',
      'Content',
      '  {',
      '    "name": "Harinas[2J é"',
      '  }',
    ])
  })

  it('replays, and says which message it made', async () => {
    const answers = [
      { message_id: 'm1', status: 'PENDING', duplicate: false },
      { message_id: 'm1', status: 'READ', duplicate: true },
      { message_id: null, status: null, duplicate: false },
    ]
    const service = await startService(() => ({
      status: 202,
      body: answers[service.seen.length - 1],
    }))
    const out: string[] = []
    for (const _answer of answers) {
      out.push(...(await run(['rejected', 'replay', 'r1', '--url', service.url])).out)
    }
    expect(out).toEqual([
      'Taken: message m1 is PENDING.',
      'Taken, known before: message m1 is READ.',
      'Taken; it concerns no single message.',
    ])
    expect(service.seen[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/rejected-events/r1/replay',
      body: '',
    })
  })

  it('ends with 1 and every field where it is still not valid', async () => {
    const service = await startService(() =>
      problem(422, 'validation_failed', { errors: ROW.errors }),
    )
    const plain = await run(['rejected', 'replay', 'r1', '--url', service.url])
    expect(plain).toEqual({
      code: 1,
      out: [],
      err: ['error: It is validation_failed.', '  data.currency: is not a currency. Send EUR.'],
    })
    const json = await run(['rejected', '--json', '--url', service.url, 'replay', 'r1'])
    expect(json.err.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ status: 422 }])
  })
})
