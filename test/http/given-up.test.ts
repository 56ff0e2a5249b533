import { describe, expect, it } from 'vitest'
import { recordAcceptances } from '../../src/message/outbox.ts'
import { findGaps } from '../../src/webhook/gap-store.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { setupApi } from '../support/api.ts'
import { acceptance, claim, NUMBER, queueMessages } from '../support/messages.ts'
import { signedWebhook } from '../support/test-config.ts'

describe('a message that Meta has taken', () => {
  const { call, running } = setupApi()
  const accept = async (wamid: string, heldForQuality = false): Promise<string> => {
    const { api } = running().databases
    const [id = ''] = await queueMessages(api, 1)
    await claim(api)
    const row = { ...acceptance(id, 1, wamid), held_for_quality: heldForQuality }
    await recordAcceptances(api, [row])
    return id
  }
  const read = async (id: string) => (await call(`/api/v1/whatsapp/messages/${id}`)).body

  it.each([
    [131016, /retry the message/],
    [130429, /retry the message/],
    [131056, /retry the message/],
    [131042, /payment method.*this one has failed: retry it/],
    [132015, /this one has failed: retry it/],
  ])('and gives up with %i is to be retried by a person', async (code, remedy) => {
    const wamid = `wamid.given-up-${String(code)}`
    const id = await accept(wamid)
    const errors = [{ code, title: 'Something' }]
    const statuses = [{ id: wamid, status: 'failed', timestamp: '1750000001', errors }]
    const value = { metadata: { phone_number_id: NUMBER }, statuses }
    const body = { entry: [{ changes: [{ field: 'messages', value }] }] }
    const answer = await fetch(`${running().url}/api/v1/whatsapp/webhook`, signedWebhook(body))
    expect(answer.status).toBe(200)
    const message = await read(id)
    expect(message).toMatchObject({ status: 'FAILED', remedy: expect.stringMatching(remedy) })
    expect(message['timeline']).toContainEqual(
      expect.objectContaining({
        status: 'failed',
        error: expect.objectContaining({ remedy: message['remedy'] }),
      }),
    )
  })

  it('and holds back to see how its template is received says so, and lacks no webhook', async () => {
    const id = await accept('wamid.held-for-quality', true)
    expect(await read(id)).toMatchObject({
      status: 'SENT',
      remedy: expect.stringMatching(/^Meta holds the message back/),
    })
    const silent = await accept('wamid.silent')
    const { api } = running().databases
    await api.query(`update webhook_gap_scans set scanned_to = clock_timestamp() - interval '1 h'`)
    const { found } = await findGaps(api, 'no_status', 0, createId)
    expect(found.map((gap) => gap.message_id)).toContain(silent)
    expect(found.map((gap) => gap.message_id)).not.toContain(id)
  })
})
