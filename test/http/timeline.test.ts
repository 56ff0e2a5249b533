import { describe, expect, it } from 'vitest'
import { cancelRest } from '../../src/direct/batch-store.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { cancelMessage } from '../../src/message/action-store.ts'
import { liftSettings } from '../../src/message/backlog-store.ts'
import { holdQueued } from '../../src/message/gate-store.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { setupApi } from '../support/api.ts'

interface Entry {
  at: string
  kind: string
  state?: string
  text?: string
  error?: { code: string | null; title: string; detail: string | null; remedy: string } | null
}

describe('the timeline of a message that was never sent', () => {
  const { call, post, nextEvent, running } = setupApi()
  const database = () => running().databases.api

  const queue = async () => String((await post(nextEvent())).body['message_id'])
  const expire = async (id: string) => {
    await database().query(
      `update whatsapp_messages set expires_at = clock_timestamp(), due_at = clock_timestamp() where id = $1`,
      [id],
    )
    await sweepDue(database(), 900, 'hold')
  }
  const timeline = async (id: string): Promise<Entry[]> => {
    const entries = (await call(`/api/v1/whatsapp/messages/${id}`)).body['timeline'] as Entry[]
    expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).sort())
    return entries
  }
  const states = (entries: Entry[]) =>
    entries.map(({ kind, state, text, error }) =>
      [kind === 'action' ? text : state, error?.code]
        .filter((part) => part !== undefined)
        .join(' '),
    )

  it('says that it waited, why it was held, and that it expired', async () => {
    const id = await queue()
    await holdQueued(database(), 'token', {}, [])
    expect(states(await timeline(id))).toEqual(['queued', 'held token'])
    await expire(id)
    const told = await timeline(id)
    expect(states(told)).toEqual(['queued', 'held token', 'expired expired'])
    expect(told[1]?.error?.remedy).toContain('WHATSAPP_ACCESS_TOKEN')
    expect(told[2]?.error?.detail).toContain('It was held: token')
  })

  it('remembers a hold that was lifted', async () => {
    const id = await queue()
    await holdQueued(database(), 'notifications_disabled', {}, [])
    await liftSettings(database(), null, 60)
    await expire(id)
    expect(states(await timeline(id))).toEqual([
      'queued',
      'held notifications_disabled',
      'expired expired',
    ])
  })

  it('keeps the end that a retry took back, and tells who canceled', async () => {
    const id = await queue()
    await expire(id)
    const retried = await call(`/api/v1/whatsapp/messages/${id}/retry`, { method: 'POST' })
    expect(states(retried.body['timeline'] as Entry[])).toEqual([
      'queued',
      'expired expired',
      'retry',
    ])
    const target = { id, tenantId: null, actor: 'somebody', auditId: createId() }
    expect(await cancelMessage(database(), target)).toBe(true)
    expect(states(await timeline(id))).toEqual([
      'queued',
      'expired expired',
      'retry',
      'cancel',
      'canceled canceled',
    ])
  })

  it.each([
    ['canceled', 'A person canceled the batch before this message was sent.'],
    ['batch_stopped', 'The batch was stopped before this message was sent.'],
  ])(
    'keeps the end that came with a batch when a retry takes it back: %s',
    async (code, message) => {
      const id = await queue()
      const batch = createId()
      await database().query(
        'update whatsapp_messages set batch_id = $1 where id = $2 returning 1',
        [batch, id],
      )
      expect(await cancelRest(database(), batch, { code, message })).toEqual([id])
      await call(`/api/v1/whatsapp/messages/${id}/retry`, { method: 'POST' })
      const told = await timeline(id)
      expect(states(told)).toEqual(['queued', `canceled ${code}`, 'retry'])
      expect(told[1]?.error?.detail).toBe(message)
      const target = { id, tenantId: null, actor: 'somebody', auditId: createId() }
      expect(await cancelMessage(database(), target)).toBe(true)
      await call(`/api/v1/whatsapp/messages/${id}/retry`, { method: 'POST' })
      expect(states(await timeline(id))).toEqual([
        'queued',
        `canceled ${code}`,
        'retry',
        'cancel',
        'retry',
      ])
    },
  )

  it('gives an attempt whose answer was lost no error code', async () => {
    const id = await queue()
    await database().query(
      `insert into whatsapp_attempts (message_id, attempt, tenant_id, phone_number_id, lease_owner, outcome, error)
       select id, 1, tenant_id, '1', 'x', 'in_doubt', '{"reason": "no answer within 10 s"}' from whatsapp_messages where id = $1
       returning 1`,
      [id],
    )
    const [entry] = (await timeline(id)).filter(({ kind }) => kind === 'attempt')
    expect(entry?.error).toMatchObject({ code: null, title: 'no answer within 10 s' })
    expect(entry?.error?.remedy).not.toBe('')
  })

  it('begins with the failure where there is no number, and says so', async () => {
    const { body } = await post(nextEvent({ supplier_phone: null }))
    expect(states(await timeline(String(body['message_id'])))).toEqual(['failed no_phone'])
  })
})

describe('the timeline of a message that was answered', () => {
  const { call, post, nextEvent, running } = setupApi()

  it('names a file that came as the answer, and where it is', async () => {
    const id = String((await post(nextEvent())).body['message_id'])
    const audio = { id: '1037543291543636', mime_type: 'audio/ogg', voice: true }
    await running().databases.api.query(
      `insert into inbound_messages (wamid, message_type, message_id, content)
       values ('wamid.voice', 'audio', $1, $2) returning 1`,
      [id, JSON.stringify({ id: 'wamid.voice', type: 'audio', audio })],
    )
    const entries = (await call(`/api/v1/whatsapp/messages/${id}`)).body['timeline'] as Entry[]
    expect(entries.find(({ kind }) => kind === 'reply')).toEqual({
      at: expect.any(String),
      meta_at: null,
      kind: 'reply',
      text: null,
      payload: null,
      message_type: 'audio',
      description: 'voice message',
      media_id: '1037543291543636',
    })
  })
})
