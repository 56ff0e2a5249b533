import { describe, expect, it } from 'vitest'
import { problem, run, startService } from './setup.ts'

const READ = {
  id: '0193-1',
  tenant_id: '00000000-0000-0000-0000-000000000000',
  status: 'READ',
  state: 'read',
  hold_reason: null,
  error_code: null,
  error_message: null,
  remedy: null,
  message_type: 'TEMPLATE',
  template_name: 'po_notification',
  template_language: 'es',
  template_parameters: ['Harinas del Sur', 'PO-1', '1.234,50 €'],
  recipient_phone: '+34612345678',
  recipient_input: '612 345 678',
  whatsapp_message_id: 'wamid.1',
  event_id: 'event-1',
  po_id: 'po-1',
  po_number: 'PO-1',
  revision: 2,
  supplier_name: 'Harinas del Sur',
  created_at: '2026-11-22T09:30:00.123Z',
  accepted_at: '2026-11-22T09:30:01.000Z',
  sent_at: '2026-11-22T09:30:02.000Z',
  delivered_at: '2026-11-22T09:30:03.000Z',
  read_at: '2026-11-22T09:30:04.000Z',
  failed_at: null,
  expires_at: '2026-11-25T09:30:00.000Z',
  attempts: 1,
}
const FAILED = {
  ...READ,
  id: '0193-2',
  status: 'FAILED',
  state: 'failed',
  error_code: '131026',
  error_message: 'Message Undeliverable: not on WhatsApp',
  remedy: 'Reach the supplier by another channel.',
  supplier_name: 'Evil\u001b[2J S.A.',
  read_at: null,
}
const TIMELINE = [
  { at: '2026-11-22T09:30:00.123Z', meta_at: null, kind: 'state', state: 'queued' },
  {
    at: '2026-11-22T09:30:01.000Z',
    meta_at: null,
    kind: 'attempt',
    attempt: 1,
    outcome: 'accepted',
    http_status: 200,
    error: null,
  },
  {
    at: '2026-11-22T09:30:03.000Z',
    meta_at: '2026-11-22T09:30:02.000Z',
    kind: 'status',
    status: 'failed',
    error: {
      code: '131026',
      title: 'Message Undeliverable',
      detail: 'not on WhatsApp',
      remedy: 'Reach the supplier by another channel.',
    },
  },
  {
    at: '2026-11-22T09:31:00.000Z',
    meta_at: null,
    kind: 'reply',
    text: 'Hola\u0007',
    payload: null,
  },
  {
    at: '2026-11-22T09:31:01.000Z',
    meta_at: null,
    kind: 'reply',
    text: null,
    payload: null,
    message_type: 'document',
    description: 'document: Oferta\u0007.pdf',
    media_id: '1037543291543636',
  },
  {
    at: '2026-11-22T09:31:02.000Z',
    meta_at: null,
    kind: 'reply',
    text: 'Así',
    payload: null,
    message_type: 'image',
    description: 'image',
    media_id: '1037543291543637',
  },
  { at: '2026-11-22T09:32:00.000Z', meta_at: null, kind: 'action', text: 'retry', actor: 'Ana' },
  { at: '2026-11-22T09:33:00.000Z', meta_at: null, kind: 'something_newer' },
]

describe('messages', () => {
  it('shows a table, newest first as the service says, with failures in words', async () => {
    const service = await startService(() => ({
      body: { data: [FAILED, READ], next_cursor: null },
    }))
    const { code, out, err } = await run(['messages', '--url', service.url])
    expect({ code, err }).toEqual({ code: 0, err: [] })
    expect(out).toHaveLength(3)
    expect(out[0]).toMatch(/^CREATED +STATUS +ORDER +SUPPLIER +TO +ID +REASON$/)
    expect(out[1]).toMatch(
      /^2026-11-22T09:30:00Z +FAILED +PO-1 +Evil\[2J S\.A\. +\+34612345678 +0193-2 +131026 Message Undeliverable: not on WhatsApp$/,
    )
    expect(out[2]).toMatch(/READ +PO-1 +Harinas del Sur/)
  })

  it('goes on behind an empty page that has a cursor, and not for ever', async () => {
    const pages = [
      { data: [], next_cursor: 'a' },
      { data: [READ], next_cursor: 'b' },
      { data: [], next_cursor: 'b' },
    ]
    const service = await startService(() => ({
      body: pages.shift() ?? { data: [], next_cursor: 'x' },
    }))
    const { code, out } = await run([
      'messages',
      '--status',
      'SENT',
      '--json',
      '--url',
      service.url,
    ])
    expect({ code, lines: out.length }).toEqual({ code: 0, lines: 1 })
    expect(service.seen.map(({ query }) => query['cursor'])).toEqual([undefined, 'a', 'b'])
  })

  it('passes every filter on as the interface names it', async () => {
    const service = await startService(() => ({ body: { data: [], next_cursor: null } }))
    const filters = [
      ...['--status', 'failed', '--state', 'HELD', '--to', '+34 612', '--po', 'PO 1&2'],
      ...[
        '--template',
        't',
        '--batch',
        'b',
        '--from',
        '2026-11-22',
        '--until',
        '2026-11-23T01:00:00Z',
      ],
      ...['-q', 'Harinas%', '--limit', '7'],
    ]
    const { code, out } = await run(['messages', '--url', service.url, ...filters])
    expect({ code, out }).toEqual({ code: 0, out: ['No messages.'] })
    expect(service.seen[0]?.query).toEqual({
      status: 'FAILED',
      state: 'held',
      recipient_phone: '+34 612',
      po_number: 'PO 1&2',
      template_name: 't',
      batch_id: 'b',
      from: '2026-11-22T00:00:00Z',
      to: '2026-11-23T01:00:00Z',
      q: 'Harinas%',
      limit: '7',
    })
  })

  it('prints one object a line with --json, unchanged', async () => {
    const raw =
      '{"id":"1","metadata":{"amount":1234.50,"big":12345678901234567890,"name":"a \\"b\\" é"}}'
    const service = await startService(() => ({
      body: `{"data":[${raw},${raw}],"next_cursor":null}`,
    }))
    const { code, out } = await run(['messages', '--json', '--url', service.url])
    expect({ code, out }).toEqual({ code: 0, out: [raw, raw] })
  })

  it('follows the cursor with --all, and up to --limit, in pages of at most 200', async () => {
    const service = await startService(({ query }) => {
      const start = Number(query['cursor'] ?? 0)
      const size = Number(query['limit'])
      const data = Array.from({ length: Math.min(size, 450 - start) }, (_, i) => ({
        id: start + i,
      }))
      return { body: { data, next_cursor: start + size < 450 ? String(start + size) : null } }
    })
    const all = await run(['messages', '--json', '--all', '--url', service.url])
    expect(all.out.map((line) => (JSON.parse(line) as { id: number }).id)).toEqual(
      Array.from({ length: 450 }, (_, index) => index),
    )
    expect(all.err).toEqual([])
    expect(service.seen.map(({ query }) => query['limit'])).toEqual(['200', '200', '200'])
    const some = await run(['messages', '--json', '--limit', '250', '--url', service.url])
    expect(some.out).toHaveLength(250)
    expect(some.err).toEqual([expect.stringContaining('There are more')])
  })

  it('prints a refusal as one line and its bad fields, or as the problem with --json', async () => {
    const errors = [
      { field: 'status', code: 'invalid', detail: 'no such status', remedy: 'Use READ.' },
    ]
    const service = await startService(() => problem(400, 'invalid_query', { errors }))
    const plain = await run(['messages', '--status', 'x', '--url', service.url])
    expect(plain).toEqual({
      code: 2,
      out: [],
      err: ['error: It is invalid_query.', '  status: no such status. Use READ.'],
    })
    const json = await run(['messages', '--status', 'x', '--json', '--url', service.url])
    expect(json.err.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { status: 400, code: 'invalid_query', request_id: 'r1', errors },
    ])
  })
})

describe('a refusal by the service', () => {
  it.each([
    ['invalid_query', 2],
    ['invalid_cursor', 2],
    ['forbidden', 1],
  ])('of the code %s ends with %i', async (code, expected) => {
    const service = await startService(() => problem(400, code))
    const ran = await run(['messages', '--limit', '1', '--url', service.url])
    expect([ran.code, ran.err]).toEqual([expected, [`error: It is ${code}.`]])
  })
})

describe('messages show', () => {
  it('shows what a message is, why it failed, what to do, and its way', async () => {
    const service = await startService(() => ({ body: { ...FAILED, timeline: TIMELINE } }))
    const { code, out } = await run(['messages', 'show', '0193/2', '--url', service.url])
    expect(code).toBe(0)
    expect(service.seen[0]?.path).toBe('/api/v1/whatsapp/messages/0193%2F2')
    expect(out).toEqual([
      'Message 0193-2',
      '  status      FAILED',
      '  order       PO-1, revision 2',
      '  supplier    Evil[2J S.A.',
      '  to          +34612345678',
      '  template    po_notification es',
      '  parameters  ["Harinas del Sur","PO-1","1.234,50 €"]',
      '  event       event-1',
      '  wamid       wamid.1',
      '  tenant      00000000-0000-0000-0000-000000000000',
      '  attempts    1',
      '  created     2026-11-22T09:30:00.123Z',
      '  accepted    2026-11-22T09:30:01.000Z',
      '  sent        2026-11-22T09:30:02.000Z',
      '  delivered   2026-11-22T09:30:03.000Z',
      '  failure     131026 Message Undeliverable: not on WhatsApp',
      '  what to do  Reach the supplier by another channel.',
      '',
      'Timeline',
      '  2026-11-22T09:30:00.123Z  queued',
      '  2026-11-22T09:30:01.000Z  attempt 1: accepted (HTTP 200)',
      '  2026-11-22T09:30:03.000Z  failed  (Meta: 2026-11-22T09:30:02.000Z)',
      '                            131026 Message Undeliverable: not on WhatsApp',
      '                            Reach the supplier by another channel.',
      '  2026-11-22T09:31:00.000Z  reply: Hola',
      '  2026-11-22T09:31:01.000Z  reply: document: Oferta.pdf (media 1037543291543636)',
      '  2026-11-22T09:31:02.000Z  reply: Así (image, media 1037543291543637)',
      '  2026-11-22T09:32:00.000Z  retry by Ana',
      '  2026-11-22T09:33:00.000Z  something_newer',
    ])
  })

  it('says more than the status where the state does', async () => {
    const held = { ...READ, status: 'PENDING', state: 'held', hold_reason: 'template_paused' }
    const service = await startService(() => ({ body: held }))
    const { out } = await run(['messages', 'show', '1', '--url', service.url])
    expect(out).toContain('  status      PENDING (held)')
    expect(out).toContain('  held for    template_paused')
    expect(out).toContain('  expires     2026-11-25T09:30:00.000Z')
  })

  it('prints the JSON unchanged, wherever --json stands', async () => {
    const raw = '{"id":"1","metadata":{"amount":1234.50}}'
    const service = await startService(() => ({ body: raw }))
    const after = await run(['messages', 'show', '1', '--json', '--url', service.url])
    const before = await run(['messages', '--json', '--url', service.url, 'show', '1'])
    expect([after.out, before.out]).toEqual([[raw], [raw]])
  })

  it('ends with 1 for an unknown id', async () => {
    const service = await startService(() => problem(404, 'not_found'))
    const { code, err } = await run(['messages', 'show', 'x', '--url', service.url])
    expect({ code, err }).toEqual({ code: 1, err: ['error: It is not_found.'] })
  })
})
