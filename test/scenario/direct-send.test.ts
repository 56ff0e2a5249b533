import { afterAll, beforeAll, expect, it } from 'vitest'
import { callbackData } from '../../src/message/message.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { nextRecipient } from '../support/messages.ts'
import { templateRequest, textRequest } from '../support/requests.ts'
import { ADMIN_KEY } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

describeEachMigratedDatabase('a message sent directly', (open) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(await open())
  })
  afterAll(() => world.close())

  const post = async (body: unknown, key?: string) => {
    const response = await fetch(`${world.app.url}/api/v1/whatsapp/messages`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        'content-type': 'application/json',
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const send = async (body: unknown): Promise<string> => {
    const answer = await post(body)
    expect(answer).toMatchObject({ status: 202 })
    return String(answer.body['id'])
  }
  const wireOf = (id: string): Record<string, unknown> => {
    const [accepted] = world.emulator.control.accepted({ callbackData: callbackData(id, 1) })
    return JSON.parse(accepted?.body ?? '{}') as Record<string, unknown>
  }
  /** As the recipient's answer by WhatsApp, taken by our webhook. */
  const answerFrom = async (to: string): Promise<void> => {
    await world.emulator.control.reply({ kind: 'text', text: 'Hola', from: to.slice(1) })
    await world.emulator.control.settled()
  }

  it('goes by template from PENDING to READ, once, with our callback data', async () => {
    const to = nextRecipient()
    const id = await send(templateRequest({ to }))
    expect(await world.until(id, 'read')).toMatchObject({
      status: 'READ',
      attempts: 1,
      wa_id: to.slice(1),
    })
    expect(wireOf(id)).toMatchObject({
      to,
      type: 'template',
      template: { name: 'po_notification', language: { code: 'es' } },
    })
    expect(world.emulator.control.counts('message').get(`1.${id}`)).toBe(1)
  })

  it('is sent once under one key, however often and at once it is asked for', async () => {
    const body = templateRequest({ to: nextRecipient() })
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(body, 'the same')))
    const ids = new Set(answers.flatMap(({ status, body: { id } }) => (status === 202 ? [id] : [])))
    expect(ids.size).toBe(1)
    const [id] = [...ids].map(String)
    await world.until(id ?? '', 'read')
    expect(await post(body, 'the same')).toMatchObject({
      status: 202,
      body: { id, state: 'queued' },
    })
    expect(world.emulator.control.counts('message').get(`1.${id ?? ''}`)).toBe(1)
  })

  it('says in free text, with files and with buttons what an open window allows', async () => {
    const to = nextRecipient()
    expect(await post(textRequest(to))).toMatchObject({
      status: 422,
      body: { code: 'window_closed' },
    })
    await answerFrom(to)
    const link = 'https://erp.example/po.pdf'
    const reply = { type: 'reply', reply: { id: 'yes', title: 'Sí' } }
    const action = { buttons: [reply] }
    const contents: [string, Record<string, unknown>][] = [
      ['text', { body: 'Gracias' }],
      ['document', { link, filename: 'po.pdf' }],
      ['interactive', { type: 'button', body: { text: '¿Confirma?' }, action }],
    ]
    for (const [type, content] of contents) {
      await world.database.query('delete from recipient_pace returning 1', [])
      const id = await send({ to, type, [type]: content })
      expect(await world.until(id, 'read')).toMatchObject({ message_type: type.toUpperCase() })
      expect(wireOf(id)).toMatchObject({ to, type, [type]: content })
    }
  })

  it('reaches one who is known by a user id alone', async () => {
    const id = await send(templateRequest({ to: 'ES.13491208655302741918' }))
    expect(await world.until(id, 'read')).toMatchObject({ recipient_phone: null, wa_id: null })
    expect(wireOf(id)).toMatchObject({ recipient: 'ES.13491208655302741918' })
    expect(wireOf(id)).not.toHaveProperty('to')
  })
})
