import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createDirectSender } from '../../src/direct/direct-sender.ts'
import type { Ask, DirectOptions } from '../../src/direct/direct-sender.ts'
import { forgetKeys } from '../../src/direct/direct-store.ts'
import type { KnownTemplate } from '../../src/direct/judge-request.ts'
import { KEEP_KEYS_HOURS } from '../../src/direct/key-keeper.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { recordAcceptances } from '../../src/message/outbox.ts'
import { acceptance, claim, nextRecipient, NUMBER, rowOf } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'
import { templateRequest, textRequest } from '../support/requests.ts'

const OTHER_TENANT = '11111111-1111-4111-8111-111111111111'

describeEachMigratedDatabase('direct sending', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const sender = (more: Partial<DirectOptions> = {}) => {
    const send = createDirectSender({
      database,
      logger: createLogger('silent'),
      createId,
      findTemplates: () => Promise.resolve(null),
      phoneNumberId: NUMBER,
      defaultTenantId: TENANT,
      knownTenants: null,
      defaultCountry: 'ES',
      defaultLanguage: 'en',
      notificationsEnabled: true,
      onlyTo: null,
      expiryHours: 72,
      onBatch: () => undefined,
      ...more,
    })
    return (body: unknown, ask: Partial<Ask> = {}) =>
      send(body, { onlyTenant: null, key: null, ...ask })
  }
  const send = (body: unknown, ask?: Partial<Ask>) => sender()(body, ask)
  const taken = async (outcome: ReturnType<typeof send>) => {
    const result = await outcome
    if (!result.ok) throw new Error(result.detail)
    return result
  }
  const count = async () => {
    const rows = await database.query<{ n: number }>(
      'select count(*)::integer as n from whatsapp_messages',
    )
    return rows[0]?.n
  }
  const write = (from: { waId?: string; userId?: string }, minutesAgo: number, number = NUMBER) =>
    database.query(
      `insert into inbound_messages (wamid, phone_number_id, from_wa_id, from_user_id, message_type, meta_at, content)
       values ($1, $2, $3, $4, 'text', clock_timestamp() - $5::float8 * interval '1 minute', '{}')`,
      [`wamid.${createId()}`, number, from.waId ?? null, from.userId ?? null, minutesAgo],
    )
  const registry = (known: Record<string, KnownTemplate[]>) => ({
    findTemplates: () => Promise.resolve(new Map(Object.entries(known))),
  })
  const fits: KnownTemplate = { language: 'es', check: () => [] }

  it('queues a template with what was given, and answers with the message as it is written', async () => {
    const to = nextRecipient()
    const metadata = { order: { lines: [1, 2] } }
    const notification = '22222222-2222-4222-8222-222222222222'
    const { message, replayed } = await taken(
      send(templateRequest({ to, metadata, notification_id: notification })),
    )
    expect(replayed).toBe(false)
    const row = await rowOf(database, message.id)
    expect(row).toMatchObject({
      state: 'queued',
      tenant_id: TENANT,
      notification_id: notification,
      message_type: 'TEMPLATE',
      template_name: 'po_notification',
      template_language: 'es',
      template_parameters: ['Harinas del Sur', 'PO-1', '1.234,50 €'],
      recipient_phone: to,
      recipient_input: to,
      metadata,
      event_id: null,
      content: null,
    })
    expect(message).toMatchObject({
      state: 'queued',
      status: 'PENDING',
      expires_at: row['expires_at'],
    })
    const [claimed] = await claim(database)
    expect(claimed).toMatchObject({ id: message.id, attempt: 1, event_id: null })
  })

  it('answers the same key and body with the first message, whatever has become of it, and queues it once', async () => {
    const to = nextRecipient()
    const first = await taken(send(templateRequest({ to }), { key: 'once' }))
    await claim(database)
    await recordAcceptances(database, [
      acceptance(first.message.id, 1, `wamid.${first.message.id}`),
    ])
    const before = await count()
    // In another order of keys, and by another process.
    const { type, template, to: recipient } = templateRequest({ to })
    const again = await taken(sender()({ template, to: recipient, type }, { key: 'once' }))
    expect(again).toEqual({ ...first, replayed: true })
    expect(await count()).toBe(before)
    expect(await rowOf(database, first.message.id)).toMatchObject({ state: 'accepted' })
  })

  it('refuses another body under a known key, and takes the same key of another tenant', async () => {
    const to = nextRecipient()
    await taken(send(templateRequest({ to }), { key: 'other body' }))
    expect(await send(templateRequest({ to, metadata: {} }), { key: 'other body' })).toMatchObject({
      code: 'idempotency_mismatch',
    })
    const elsewhere = await taken(
      send(templateRequest({ to }), { key: 'other body', onlyTenant: OTHER_TENANT }),
    )
    expect(elsewhere).toMatchObject({ replayed: false, message: { tenant_id: OTHER_TENANT } })
  })

  it('makes one message of requests that come at once under one key, and says so to the others', async () => {
    const to = nextRecipient()
    const before = (await count()) ?? 0
    const [one, two] = [sender(), sender()]
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        (n % 2 === 0 ? one : two)(templateRequest({ to }), { key: 'at once' }),
      ),
    )
    expect(await count()).toBe(before + 1)
    const words = outcomes.map((outcome) => (outcome.ok ? String(outcome.replayed) : outcome.code))
    expect(words.filter((word) => word === 'false')).toHaveLength(1)
    expect(
      words.filter((word) => !['false', 'true', 'idempotency_in_progress'].includes(word)),
    ).toEqual([])
    expect(await taken(send(templateRequest({ to }), { key: 'at once' }))).toMatchObject({
      replayed: true,
    })
  })

  it('forgets the keys of messages after two days, and those of batches after a month', async () => {
    await database.query(
      `insert into idempotency_keys (tenant_id, key, fingerprint, message_id, batch_id, created_at)
       select $1, i.key, '', case when i.key like 'message%' then gen_random_uuid() end,
         case when i.key like 'batch%' then gen_random_uuid() end, clock_timestamp() - i.age::interval
       from (values ('message new', '47 hours'), ('message old', '49 hours'),
         ('batch new', '29 days'), ('batch old', '31 days')) i(key, age)`,
      [TENANT],
    )
    expect(await forgetKeys(database, KEEP_KEYS_HOURS)).toBe(2)
    const left = await database.query<{ key: string }>(
      `select key from idempotency_keys where key like 'message %' or key like 'batch %' order by key`,
    )
    expect(left.map(({ key }) => key)).toEqual(['batch new', 'message new'])
  })

  it('keeps no key of a request that it refused', async () => {
    const closed = textRequest(nextRecipient())
    expect(await send(closed, { key: 'refused' })).toMatchObject({ code: 'window_closed' })
    expect(await taken(send(templateRequest(), { key: 'refused' }))).toMatchObject({
      replayed: false,
    })
  })

  it('sends free text while the recipient has written to this number within 24 hours, and not after', async () => {
    const to = nextRecipient()
    const waId = to.slice(1)
    const closed = await send(textRequest(to))
    expect(closed).toMatchObject({
      code: 'window_closed',
      detail: expect.stringMatching(/24 hours.*template/) as unknown,
      errors: [
        {
          field: 'type',
          code: 'window_closed',
          remedy: expect.stringContaining('template') as unknown,
        },
      ],
    })
    await write({ waId }, 24 * 60 + 1)
    await write({ waId }, 5, 'another number')
    await write({ waId: `${waId}0` }, 5)
    expect(await send(textRequest(to))).toMatchObject({ code: 'window_closed' })
    await write({ waId }, 23 * 60)
    const { message } = await taken(send(textRequest(to)))
    const row = await rowOf(database, message.id)
    expect(row).toMatchObject({
      message_type: 'TEXT',
      content: { body: '¿Puede entregar antes?' },
      template_name: null,
    })
    // It waits no longer than the window is open.
    const minutes =
      ((row['expires_at'] as Date).getTime() - (row['created_at'] as Date).getTime()) / 60_000
    expect(Math.round(minutes)).toBe(60)
  })

  it('knows a recipient by the id that Meta answered with, and by a user id', async () => {
    const to = nextRecipient()
    const { message } = await taken(send(templateRequest({ to })))
    await claim(database)
    await recordAcceptances(database, [
      {
        ...acceptance(message.id, 1, `wamid.${message.id}`),
        wa_id: '5491100000001',
        user_id: 'AR.1234',
      },
    ])
    await write({ waId: '5491100000001' }, 1)
    expect(await send(textRequest(to))).toMatchObject({ ok: true })
    const user = 'ES.13491208655302741918'
    expect(await send(textRequest(user))).toMatchObject({ code: 'window_closed' })
    await write({ userId: user }, 1)
    const known = await taken(send(textRequest(user)))
    expect(await rowOf(database, known.message.id)).toMatchObject({
      recipient_phone: null,
      recipient_user_id: user,
      recipient_input: user,
    })
  })

  it('refuses what does not fit the template, and queues it where nobody has read the templates yet', async () => {
    const fault = {
      field: 'template.parameters',
      code: 'out_of_range',
      detail: 'has 3 of 4',
      remedy: 'Give 4.',
    }
    const misfit = sender(registry({ po_notification: [{ language: 'es', check: () => [fault] }] }))
    expect(await misfit(templateRequest())).toMatchObject({
      code: 'template_parameters',
      errors: [fault],
    })
    const unknown = sender(registry({ other: [fits] }))
    expect(await unknown(templateRequest())).toMatchObject({
      code: 'template_not_found',
      errors: [{ field: 'template.name' }],
    })
    expect(await send(templateRequest({ to: nextRecipient() }))).toMatchObject({ ok: true })
  })

  it('uses the language asked for and no other, else the default one, else the only one', async () => {
    const template = (language?: string) =>
      templateRequest({
        to: nextRecipient(),
        template: { name: 'po_notification', ...(language !== undefined && { language }) },
      })
    const languageOf = async (known: string[], asked?: string) => {
      const templates = known.map((language) => ({ ...fits, language }))
      const outcome = await sender(registry({ po_notification: templates }))(template(asked))
      return outcome.ok ? outcome.message.template_language : outcome.errors[0]?.field
    }
    expect(await languageOf(['en', 'es'])).toBe('en')
    expect(await languageOf(['es'])).toBe('es')
    expect(await languageOf(['es', 'fr'])).toBe('template.language')
    expect(await languageOf(['es', 'en'], 'es')).toBe('es')
    expect(await languageOf(['es', 'en'], 'es_ES')).toBe('template.language')
  })

  it('holds from the beginning what a setting forbids to send', async () => {
    const disabled = await taken(
      sender({ notificationsEnabled: false })(templateRequest(), { key: 'held' }),
    )
    expect(disabled.message).toMatchObject({ state: 'held', hold_reason: 'notifications_disabled' })
    const again = await taken(send(templateRequest(), { key: 'held' }))
    expect(again.message).toEqual(disabled.message)
    const onlyTo = ['+34600000001']
    const other = await taken(sender({ onlyTo })(templateRequest({ to: 'ES.1' })))
    expect(other.message).toMatchObject({ state: 'held', hold_reason: 'not_in_allow_list' })
    const allowed = await taken(sender({ onlyTo })(templateRequest({ to: onlyTo[0] })))
    expect(allowed.message).toMatchObject({ state: 'queued' })
  })
})
