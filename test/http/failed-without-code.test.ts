import { describe, expect, it } from 'vitest'
import { buildAlert } from '../../src/alert/build-alert.ts'
import { UNNAMED_ERROR } from '../../src/cloud-api/error-catalogue.ts'
import { toOutgoingEvent } from '../../src/outgoing/outgoing-event.ts'
import { setupApi } from '../support/api.ts'
import { acceptance, claim, NUMBER, queueMessages } from '../support/messages.ts'
import { recordAcceptances } from '../../src/message/outbox.ts'
import { signedWebhook } from '../support/test-config.ts'

/** The interface knows Meta's numbers and seven words of ours: a failure that has neither has null. */
describe('a status failed without a code', () => {
  const { call, running } = setupApi()
  let number = 0

  const failWith = async (errors: unknown): Promise<Record<string, unknown>> => {
    const { api } = running().databases
    const [id = ''] = await queueMessages(api, 1)
    await claim(api)
    number += 1
    const wamid = `wamid.without-code-${String(number)}`
    await recordAcceptances(api, [acceptance(id, 1, wamid)])
    const status = { id: wamid, status: 'failed', timestamp: '1750000001', errors }
    const value = { metadata: { phone_number_id: NUMBER }, statuses: [status] }
    const body = { entry: [{ changes: [{ field: 'messages', value }] }] }
    const answer = await fetch(`${running().url}/api/v1/whatsapp/webhook`, signedWebhook(body))
    expect(answer.status).toBe(200)
    return (await call(`/api/v1/whatsapp/messages/${id}`)).body
  }

  it.each([
    ['no errors', undefined, 'Meta gave no reason'],
    ['an empty list of errors', [], 'Meta gave no reason'],
    ['an error without a code', [{ title: 'Something odd' }], 'Something odd'],
    ['no list', { code: 131026 }, 'Meta gave no reason'],
    ['a list of no errors', [true, null], 'Meta gave no reason'],
  ])('has null as its code, words, and a remedy: %s', async (_what, errors, words) => {
    const message = await failWith(errors)
    expect(message).toMatchObject({
      status: 'FAILED',
      error_code: null,
      error_message: words,
      remedy: expect.stringMatching(/^Ask the supplier/),
    })
    const said = (message['timeline'] as { status?: string; error?: unknown }[]).find(
      ({ status }) => status === 'failed',
    )
    expect(said?.error).toMatchObject({ code: null, remedy: message['remedy'] })
  })

  it('is counted by the statistics under null', async () => {
    await failWith(undefined)
    const { body } = await call('/api/v1/whatsapp/stats')
    const [group] = body['groups'] as { failures: { error_code: unknown }[] }[]
    expect(group?.failures.map((failure) => failure.error_code)).toEqual([null])
    const csv = await call('/api/v1/whatsapp/stats?format=csv')
    expect(csv.text).toMatch(/no code: \d/)
  })

  it('goes out as null, in events and in alerts', () => {
    const row = { state: 'failed' as const, hold_reason: null, undelivered_at: null }
    const event = toOutgoingEvent({
      ...row,
      id: '1',
      event_id: 'e-1',
      routing_key: 'whatsapp.message.failed',
      created_at: new Date(0),
      tenant_id: 't',
      message_id: 'm',
      status: 'FAILED',
      recipient_phone: null,
      whatsapp_message_id: null,
      error_code: UNNAMED_ERROR,
      error_message: 'Meta gave no reason',
      po_id: null,
      po_number: null,
      revision: null,
      supplier_id: null,
      notification_id: null,
      metadata: null,
      reply_wamid: null,
      reply_message_type: null,
      reply_content: null,
      reply_text: null,
      reply_payload: null,
      reply_received_at: null,
      superseded: false,
    })
    const { data } = JSON.parse(event.body) as { data: Record<string, unknown> }
    expect(data).toMatchObject({ error_code: null, remedy: expect.stringMatching(/^Ask/) })
    const group = {
      state: 'failed' as const,
      reason: UNNAMED_ERROR,
      sent_twice: false,
      undelivered: false,
      count: 1,
      tenants: 1,
      examples: [],
    }
    const alert = buildAlert({ from: new Date(0), to: new Date(1) }, [group])
    expect(alert?.groups).toMatchObject([{ reason: null, remedy: expect.stringMatching(/^Ask/) }])
    expect(alert?.text).not.toContain(UNNAMED_ERROR)
  })
})
