import { describe, expect, it } from 'vitest'
import { setupApi } from '../support/api.ts'
import type { Answer } from '../support/api.ts'

const TENANT = '11111111-1111-4111-8111-111111111111'
const UNKNOWN = '01930000-0000-7000-8000-000000000000'

interface Entry {
  kind: string
  text?: string
  actor?: string
}

describe('actions on messages', () => {
  const { call, post, nextEvent, createKey, running } = setupApi()

  const act = (id: string, action: string, more: { body?: unknown; key?: string } = {}) =>
    call(`/api/v1/whatsapp/messages/${id}/${action}`, {
      method: 'POST',
      ...(more.body !== undefined && { body: JSON.stringify(more.body) }),
      ...(more.key !== undefined && { key: more.key }),
    })
  const publish = async (data: Record<string, unknown> = {}): Promise<string> =>
    String((await post(nextEvent(data))).body['message_id'])
  const actionsOf = (answer: Answer) =>
    (answer.body['timeline'] as Entry[])
      .filter((entry) => entry.kind === 'action')
      .map(({ text, actor }) => `${String(text)} by ${String(actor)}`)
  /** As the dispatcher and the sweep leave it: one call whose answer was lost. */
  const makeUnconfirmed = async (id: string) => {
    const { api } = running().databases
    await api.query(
      `insert into whatsapp_attempts (message_id, attempt, tenant_id, phone_number_id, lease_owner, outcome)
       select id, 1, tenant_id, '1', 'test', 'in_doubt' from whatsapp_messages where id = $1 returning 1`,
      [id],
    )
    for (const state of ['sending', 'in_doubt', 'unconfirmed']) {
      await api.query(
        `update whatsapp_messages set state = $2::whatsapp_message_state, fence = 1, attempts = 1 where id = $1 returning 1`,
        [id, state],
      )
    }
  }

  it('cancels a queued message and queues it again, with both in the timeline', async () => {
    const operator = await createKey('operator')
    const id = await publish()
    expect(await act(id, 'cancel', { key: operator })).toMatchObject({
      status: 202,
      body: {
        id,
        status: 'FAILED',
        state: 'canceled',
        error_code: 'canceled',
        remedy: expect.any(String) as unknown,
      },
    })
    const again = await act(id, 'retry', { key: operator })
    expect(again).toMatchObject({
      status: 202,
      body: { id, status: 'PENDING', state: 'queued', error_code: null, failed_at: null },
    })
    expect(actionsOf(again)).toEqual(['cancel by operator', 'retry by operator'])
  })

  it('says in which state the message is, and what is possible', async () => {
    const id = await publish()
    const retried = await act(id, 'retry')
    expect(retried).toMatchObject({ status: 409, body: { code: 'invalid_state' } })
    expect(retried.body['detail']).toBe(
      'The message is queued: retry takes only what is failed, expired or canceled. Possible now: cancel.',
    )
    const resolved = await act(id, 'resolve', { body: { as: 'sent' } })
    expect(resolved.body['detail']).toContain('resolve takes only what is unconfirmed')
    const move = (state: string) =>
      running().databases.api.query(
        `update whatsapp_messages set state = $2::whatsapp_message_state, whatsapp_message_id = 'wamid.x'
         where id = $1 returning 1`,
        [id, state],
      )
    for (const [state, words] of [
      ['sending', 'Nothing is possible until Meta'],
      ['in_doubt', 'webhook'],
      ['read', 'nothing more is possible'],
    ] as const) {
      await move(state)
      for (const action of ['retry', 'cancel']) {
        const answer = await act(id, action)
        expect(answer, state).toMatchObject({ status: 409, body: { code: 'invalid_state' } })
        expect(answer.body['detail']).toContain(`The message is ${state}: `)
        expect(answer.body['detail']).toContain(words)
      }
    }
  })

  it('does not retry an order whose phone still cannot be read, and never shows the number', async () => {
    const secret = '4471 not a number 9922'
    const unreadable = await publish({ supplier_phone: secret })
    const answer = await act(unreadable, 'retry')
    expect(answer).toMatchObject({ status: 409, body: { code: 'invalid_state' } })
    expect(answer.body['detail']).toContain('invalid_phone')
    expect(answer.text).not.toContain('4471')
    expect(await call(`/api/v1/whatsapp/messages/${unreadable}`)).toMatchObject({
      body: { state: 'failed', error_code: 'invalid_phone' },
    })
    const missing = await act(await publish({ supplier_phone: null }), 'retry')
    expect(missing.body['detail']).toContain('no_phone')
  })

  it.each([
    ['sent', { status: 'SENT', state: 'accepted', whatsapp_message_id: null }],
    ['not_sent', { status: 'FAILED', state: 'failed', error_code: 'not_sent' }],
    ['resend', { status: 'PENDING', state: 'queued' }],
  ])('resolves an unconfirmed message as %s', async (as, expected) => {
    const id = await publish()
    await makeUnconfirmed(id)
    const answer = await act(id, 'resolve', { body: { as } })
    expect(answer).toMatchObject({ status: 202, body: { id, ...expected } })
    expect(actionsOf(answer)).toEqual([`resolve_${as} by AVISO_ADMIN_KEY`])
    expect(await act(id, 'resolve', { body: { as } })).toMatchObject({ status: 409 })
  })

  it.each([{}, { as: 'lost' }, { as: 'sent', more: 1 }, null])(
    'takes no other body of resolve: %j',
    async (body) => {
      const id = await publish()
      expect(await act(id, 'resolve', { body })).toMatchObject({
        status: 422,
        body: { code: 'validation_failed' },
      })
    },
  )

  it('is for operators and administrators, and for messages of their tenant', async () => {
    const id = await publish()
    for (const role of ['viewer', 'ingest']) {
      expect(await act(id, 'cancel', { key: await createKey(role) })).toMatchObject({ status: 403 })
    }
    const theirs = await createKey('operator', TENANT)
    const foreign = await act(id, 'cancel', { key: theirs })
    const missing = await act(UNKNOWN, 'cancel', { key: theirs })
    expect(foreign.status).toBe(404)
    expect({ ...foreign.body, request_id: '' }).toEqual({ ...missing.body, request_id: '' })
    for (const action of ['retry', 'cancel']) {
      expect(await act('x', action)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    }
    expect(await act(UNKNOWN, 'retry')).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('AVISO_RETENTION_DAYS') as unknown },
    })
    expect(await act(UNKNOWN, 'resolve', { body: { as: 'sent' } })).toMatchObject({ status: 404 })
    expect(await call(`/api/v1/whatsapp/messages/${id}`)).toMatchObject({
      body: { state: 'queued' },
    })
  })

  it('is told by health while it waits for its template', async () => {
    const { api } = running().databases
    const id = await publish()
    await api.query(
      `update whatsapp_messages set state = 'held', hold_reason = 'template_disabled', due_at = expires_at
       where id = $1 returning id`,
      [id],
    )
    expect((await call('/api/v1/whatsapp/health')).body).toMatchObject({
      status: 'degraded',
      parts: {
        templates: {
          status: 'degraded',
          detail: expect.stringMatching(/template_disabled \(1\)$/),
        },
      },
    })
    await act(id, 'cancel')
    expect((await call('/api/v1/whatsapp/health')).body).toMatchObject({
      parts: { templates: { status: 'ok' } },
    })
  })

  it('releases the backlog of the caller’s tenant, and counts it before', async () => {
    const { api } = running().databases
    const id = await publish()
    const wait = () =>
      api.query(
        `update whatsapp_messages set state = 'held', hold_reason = 'backlog_not_released', due_at = expires_at
         where id = $1 returning id`,
        [id],
      )
    await wait()
    const release = (more: Record<string, unknown>, key?: string) =>
      call('/api/v1/whatsapp/messages/release', {
        body: JSON.stringify({ hold_reason: 'backlog_not_released', ...more }),
        ...(key !== undefined && { key }),
      })
    expect(await release({}, await createKey('viewer'))).toMatchObject({ status: 403 })
    const theirs = await release({}, await createKey('operator', TENANT))
    expect(theirs).toMatchObject({ status: 200, body: { matching: 0, done: 0 } })
    expect(await release({ hold_reason: 'token' })).toMatchObject({ status: 422 })
    expect(await release({ dry_run: true })).toMatchObject({ body: { matching: 1, done: 0 } })
    expect((await call('/api/v1/whatsapp/health')).body).toMatchObject({
      status: 'degraded',
      queue: { held: { backlog_not_released: 1 } },
    })
    expect(await release({})).toMatchObject({ body: { matching: 1, done: 1 } })
    const message = await call(`/api/v1/whatsapp/messages/${id}`)
    expect(message.body).toMatchObject({ state: 'queued', hold_reason: null })
    expect(actionsOf(message)).toEqual([expect.stringMatching(/^release by /)])
  })
})
