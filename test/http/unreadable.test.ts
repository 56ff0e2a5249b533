import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { setupApi } from '../support/api.ts'
import { ADMIN_KEY } from '../support/test-config.ts'

describe('a request that does not fit', () => {
  const { call, running } = setupApi()

  /** What is sent as it stands, and everything that comes back until the server hangs up. */
  const talk = async (bytes: string): Promise<{ head: string; body: Record<string, unknown> }> => {
    const socket = connect(Number(new URL(running().url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(bytes)
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
    return { head, body: JSON.parse(body) as Record<string, unknown> }
  }

  it('names the methods that the address takes', async () => {
    for (const [method, path, allow] of [
      ['DELETE', '/api/v1/whatsapp/messages', 'GET, HEAD, POST'],
      ['GET', '/api/v1/whatsapp/messages/some-id/retry?x=1', 'POST'],
      ['PUT', '/api/v1/events', 'POST'],
    ] as const) {
      const answer = await call(path, { method })
      expect(answer).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } })
      expect(answer.headers.get('allow')).toBe(allow)
      expect(answer.body['detail']).toContain(allow)
    }
  })

  it('is a problem also where the address cannot be read', async () => {
    for (const path of [
      '/api/v1/whatsapp/messages/%zz',
      `/api/v1/whatsapp/messages/${'x'.repeat(300)}`,
    ]) {
      const answer = await call(path)
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
    }
  })

  it.each([
    ['/api/v1/events', 256 * 1024, '256 KiB'],
    ['/api/v1/whatsapp/webhook', 3.5 * 1024 * 1024, '3.5 MiB'],
    ['/api/v1/whatsapp/messages/bulk', 16 * 1024 * 1024, '16 MiB'],
    ['/api/v1/keys', 64 * 1024, '64 KiB'],
  ])('of more bytes than %s takes is refused with how many that are', async (path, limit, most) => {
    const within = await call(path, { body: ' '.repeat(limit) })
    expect(within.body['detail']).not.toContain('at most')
    // The rest is not read: what was not sent yet may find the connection closed.
    const over = await talk(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ADMIN_KEY}\r\n` +
        `content-type: application/json\r\nconnection: close\r\ncontent-length: ${String(limit + 1)}\r\n\r\n`,
    )
    expect(over.head).toMatch(/^HTTP\/1\.1 413 .*application\/problem\+json/s)
    expect(over.body).toMatchObject({ code: 'too_large', detail: expect.stringContaining(most) })
  })

  it('finds a fault of the service as 500, whose words stay inside', async () => {
    const fault = vi.spyOn(running().databases.api, 'query')
    onTestFinished(() => fault.mockRestore())
    fault.mockRejectedValue(new Error('the inside'))
    const answer = await call('/api/v1/whatsapp/stats')
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal', errors: [] } })
    expect(answer.body['request_id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.text).not.toContain('the inside')
  })

  it('is a problem also where it is no HTTP', async () => {
    const garbage = await talk('this is not HTTP\r\n\r\n')
    expect(garbage.head).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json/s)
    expect(garbage.body).toMatchObject({ status: 400, code: 'invalid_request' })
    const large = await talk(`GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(large.head).toMatch(/^HTTP\/1\.1 431 /)
    expect(large.body).toMatchObject({ status: 431, code: 'invalid_request' })
  })

  it.each([
    ['limit=0', 'limit', 'is below 1'],
    ['limit=x', 'limit', 'is not a number'],
    ['limit=1.5', 'limit', 'is not a whole number'],
    ['status=SENDING', 'status', 'has a value that is not known'],
    ['status=SENT&status=READ', 'status', 'is given twice'],
    ['from=yesterday', 'from', 'is not a time with its zone, as 2026-11-27T09:30:00Z'],
    ['batch_id=7', 'batch_id', 'is not a UUID'],
    ['q=', 'q', 'is shorter than 1 characters'],
    ['po_number=%00', 'po_number', 'holds the character U+0000'],
    ['colour=red', 'colour', 'is no field here'],
  ])('says what is wrong with the query %s', async (query, field, detail) => {
    const { body } = await call(`/api/v1/whatsapp/messages?${query}`)
    expect(body['errors']).toEqual([
      { field, code: expect.any(String) as unknown, detail, remedy: expect.any(String) as unknown },
    ])
    expect(body['detail']).toBe(`The query is not valid: ${field}.`)
  })
})
