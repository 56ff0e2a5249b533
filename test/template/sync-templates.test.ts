import { afterAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { findAccount } from '../../src/template/account-store.ts'
import { applyTemplateEvents } from '../../src/template/apply-template-events.ts'
import type { ListedTemplate } from '../../src/template/merge-templates.ts'
import type { TemplateEvent } from '../../src/template/template-event.ts'
import { listTemplateEvents } from '../../src/template/template-event-store.ts'
import { listKeyedTemplates } from '../../src/template/template-store.ts'
import { syncTemplates } from '../../src/template/sync-templates.ts'
import type { SyncOptions, TemplateReader } from '../../src/template/sync-templates.ts'
import { claim, queueMessages, rowOf } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'

const ACCOUNT = '102290129340398'
const NEVER = new Promise<void>(() => undefined)

function listed(language: string, more: Partial<ListedTemplate> = {}): ListedTemplate {
  return {
    id: `9000000000000${String(language.charCodeAt(0))}${String(language.charCodeAt(1))}`,
    name: 'po_notification',
    language,
    status: 'APPROVED',
    category: 'UTILITY',
    parameter_format: 'POSITIONAL',
    components: [{ type: 'BODY', text: 'Order {{1}} {{2}} {{3}} done' }],
    rejected_reason: 'NONE',
    ...more,
  }
}

describeEachMigratedDatabase('the registry of templates', (open) => {
  let database: Database | undefined
  const db = (): Database => {
    if (database === undefined) throw new Error('not opened')
    return database
  }
  beforeEach(async () => {
    database ??= await open()
    for (const table of [
      'whatsapp_templates',
      'template_accounts',
      'send_gates',
      'template_holds',
    ]) {
      await database.query(`delete from ${table} returning 1`, [])
    }
    await database.query(`delete from whatsapp_messages returning 1`, [])
  })
  afterAll(() => database?.close())

  const options = (
    reader: Partial<TemplateReader>,
    more: Partial<SyncOptions> = {},
  ): SyncOptions => ({
    database: db(),
    reader: {
      listTemplates: () => Promise.resolve({ kind: 'ok', templates: [] }),
      hasLargeQuota: () => Promise.resolve(true),
      ...reader,
    },
    businessAccountId: ACCOUNT,
    tenantId: TENANT,
    owner: 'one',
    createId,
    intervalSeconds: 600,
    ...more,
  })
  const sync = (templates: ListedTemplate[], more: Partial<SyncOptions> = {}, force = true) =>
    syncTemplates(
      options({ listTemplates: () => Promise.resolve({ kind: 'ok', templates }) }, more),
      force,
      NEVER,
    )
  const statuses = async () =>
    Object.fromEntries(
      (
        await db().query<{ language: string; status: string }>(
          'select language, status from whatsapp_templates',
          [],
        )
      ).map((row) => [row.language, row.status]),
    )
  const claimIt = () => claim(db(), 100, { businessAccountId: ACCOUNT })

  it('is what Meta lists: new, changed and missing ones, and the key of orders on po_notification', async () => {
    expect(await sync([listed('es'), listed('de')])).toMatchObject({ kind: 'synced', created: 2 })
    const before = await findAccount(db(), ACCOUNT)
    expect(await sync([listed('es'), listed('de')])).toMatchObject({ created: 0, changes: [] })
    expect((await findAccount(db(), ACCOUNT))?.version).toBe(before?.version)

    const result = await sync([listed('es', { status: 'PAUSED', category: 'MARKETING' })])
    expect(result).toMatchObject({
      deleted: 1,
      changes: [
        {
          language: 'es',
          status: { from: 'APPROVED', to: 'PAUSED' },
          category: { from: 'UTILITY', to: 'MARKETING' },
        },
        { language: 'de', status: { from: 'APPROVED', to: 'DELETED' } },
      ],
    })
    expect(await statuses()).toEqual({ es: 'PAUSED', de: 'DELETED' })
    const [row] = await listKeyedTemplates(db(), ACCOUNT, 'po_approved')
    expect(row).toMatchObject({
      language: 'es',
      previous_category: 'UTILITY',
      parameter_count: 3,
      rejected_reason: null,
      sent_count: '0',
    })
    expect(Number((await findAccount(db(), ACCOUNT))?.version)).toBeGreaterThan(
      Number(before?.version),
    )
  })

  it('is read by one process at a time, and by the next only when it is due', async () => {
    let answer: (() => void) | undefined
    const list = new Promise<void>((resolve) => {
      answer = resolve
    })
    const slow = syncTemplates(
      options({
        listTemplates: async () => {
          await list
          return { kind: 'ok', templates: [listed('es')] }
        },
      }),
      false,
      NEVER,
    )
    await expect.poll(() => findAccount(db(), ACCOUNT)).toBeDefined()
    expect(await sync([], { owner: 'two' })).toEqual({ kind: 'not_begun' })
    answer?.()
    expect(await slow).toMatchObject({ kind: 'synced' })
    expect(await sync([], { owner: 'two' }, false)).toEqual({ kind: 'not_begun' })
    expect(await sync([listed('es')], { owner: 'two' })).toMatchObject({ kind: 'synced' })
  })

  it('takes over the lease of a process that died, and ignores it should it live after all', async () => {
    let answer: (() => void) | undefined
    const late = syncTemplates(
      options({
        listTemplates: async () => {
          await new Promise<void>((resolve) => {
            answer = resolve
          })
          return { kind: 'ok', templates: [] }
        },
      }),
      true,
      NEVER,
    )
    await expect.poll(() => answer).toBeDefined()
    await db().query(`update template_accounts set lease_until = clock_timestamp() returning 1`, [])
    expect(await sync([listed('es')], { owner: 'two' })).toMatchObject({ created: 1 })
    answer?.()
    expect(await late).toEqual({ kind: 'not_begun' })
    expect(await statuses()).toEqual({ es: 'APPROVED' })
  })

  it('keeps what it knows when a read fails, and waits longer each time', async () => {
    await sync([listed('es')])
    const failing = () =>
      syncTemplates(
        options({
          listTemplates: () =>
            Promise.resolve({
              kind: 'rejected',
              code: 80007,
              message: 'Rate limit hit',
              retryAfterMs: null,
            }),
        }),
        true,
        NEVER,
      )
    expect(await failing()).toMatchObject({
      kind: 'failed',
      reason: 'Rate limit hit (80007)',
      failures: 1,
    })
    expect(await failing()).toMatchObject({ failures: 2, retryAfterMs: 300_000 })
    expect(await statuses()).toEqual({ es: 'APPROVED' })
    expect(await findAccount(db(), ACCOUNT)).toMatchObject({
      is_due: false,
      last_error: 'Rate limit hit (80007)',
    })
  })

  it('is read once an hour while the quota is small', async () => {
    const wait = async (isLarge: boolean) => {
      await syncTemplates(options({ hasLargeQuota: () => Promise.resolve(isLarge) }), true, NEVER)
      const account = await findAccount(db(), ACCOUNT)
      return Math.round(
        ((account?.next_sync_at.getTime() ?? 0) - (account?.synced_at?.getTime() ?? 0)) / 1000,
      )
    }
    expect(await wait(true)).toBe(600)
    expect(await wait(false)).toBe(3600)
  })

  it('takes a webhook at once, ignores an older one, and has the list read soon', async () => {
    await sync([listed('es', { name: 'po_notification' }), listed('en_US')])
    const event = (status: string, metaAt: string | null, language = 'es') => ({
      businessAccountId: ACCOUNT,
      template_name: 'po_notification',
      language,
      metaAt,
      status,
    })
    const now = Date.now()
    const at = (seconds: number) => new Date(now + seconds * 1000).toISOString()
    const apply = (...events: ReturnType<typeof event>[]) =>
      db().transaction((tx) => applyTemplateEvents(tx, events))
    expect(await apply(event('PAUSED', at(2)), event('APPROVED', at(1)))).toMatchObject([
      { language: 'es', status: { from: 'APPROVED', to: 'PAUSED' } },
    ])
    expect(await statuses()).toMatchObject({ es: 'PAUSED', en_US: 'APPROVED' })
    // of three days ago, repeated
    expect(await apply(event('PAUSED', at(-3 * 86_400), 'en_US'))).toEqual([])
    expect(await apply(event('REJECTED', null, 'en_US'))).toHaveLength(1)
    const requested = await db().query<{ soon: boolean }>(
      `select next_sync_at <= synced_at + interval '15 seconds' as soon from template_accounts`,
      [],
    )
    expect(requested).toEqual([{ soon: true }])
    // another account's, and a template that is not known yet
    expect(await apply({ ...event('PAUSED', null), businessAccountId: '1' })).toEqual([])
    expect(await apply(event('APPROVED', null, 'xx'))).toEqual([])
  })

  it('remembers why, once, also where the list told the status first, and keeps it beside the list', async () => {
    await sync([listed('es')])
    await sync([listed('es', { status: 'REJECTED' })])
    const which = { businessAccountId: ACCOUNT, template_name: 'po_notification', language: 'es' }
    const word: TemplateEvent = {
      ...which,
      metaAt: new Date().toISOString(),
      status: 'REJECTED',
      rejected_reason: 'No words.',
      said: { recommendation: 'Add some.' },
    }
    const apply = () => db().transaction((tx) => applyTemplateEvents(tx, [word]))
    await apply()
    await apply()
    const said = async () =>
      (await listTemplateEvents(db(), which, null, 10)).map(({ detail }) => detail)
    expect((await said()).slice(0, 2)).toEqual([
      { from: 'REJECTED', to: 'REJECTED', rejected_reason: 'No words.', ...word.said },
      { from: 'APPROVED', to: 'REJECTED', rejected_reason: null },
    ])
    const reasons = async () => {
      await sync([listed('es', { status: 'REJECTED' })])
      return (await listKeyedTemplates(db(), ACCOUNT, 'po_approved')).map(
        ({ rejected_reason }) => rejected_reason,
      )
    }
    expect(await reasons()).toEqual(['No words.'])
    await sync([listed('es')])
    expect(await reasons()).toEqual([null])
  })

  it('does not let a list that was asked for before a webhook undo what the webhook said', async () => {
    await sync([listed('es')])
    const list = async (): Promise<{ kind: 'ok'; templates: ListedTemplate[] }> => {
      await db().transaction((tx) =>
        applyTemplateEvents(tx, [
          {
            businessAccountId: ACCOUNT,
            template_name: 'po_notification',
            language: 'es',
            metaAt: null,
            status: 'DISABLED',
          },
        ]),
      )
      return { kind: 'ok', templates: [listed('es')] }
    }
    expect(await syncTemplates(options({ listTemplates: list }), true, NEVER)).toMatchObject({
      kind: 'synced',
      changes: [],
    })
    expect(await statuses()).toEqual({ es: 'DISABLED' })
  })

  it('lets a claim take only what it shows approved; the rest is held without an attempt', async () => {
    const [early] = await queueMessages(db(), 1)
    expect(await claimIt()).toEqual([])
    expect(await rowOf(db(), early ?? '')).toMatchObject({
      state: 'held',
      hold_reason: 'templates_unknown',
      attempts: 0,
      fence: 0,
    })
    await sync([
      listed('es'),
      listed('de', { status: 'PAUSED' }),
      listed('fr', { status: 'DISABLED' }),
    ])
    const ids: Record<string, string> = {}
    for (const language of ['es', 'de', 'fr', 'it']) {
      const [id] = await queueMessages(db(), 1, { template_language: language })
      ids[language] = id ?? ''
    }
    expect((await claimIt()).map((message) => message.id)).toEqual([ids['es']])
    for (const [language, reason] of [
      ['de', 'template_paused'],
      ['fr', 'template_disabled'],
      ['it', 'template_not_approved'],
    ]) {
      const row = await rowOf(db(), ids[language ?? ''] ?? '')
      expect(row).toMatchObject({ state: 'held', hold_reason: reason, attempts: 0 })
      expect(row['due_at']).toEqual(row['expires_at'])
    }
  })

  it('opens the gate of a template whose status has changed, and only that', async () => {
    await sync([listed('es'), listed('de'), listed('fr')])
    for (const key of ['po_notification/es', 'po_notification/de', 'other/en']) {
      await db().query(
        `insert into send_gates (scope, key, hold_reason) values ('template', $1, 'template_paused') returning 1`,
        [key],
      )
    }
    await sync([listed('es', { status: 'PAUSED' }), listed('de'), listed('fr')])
    const gates = await db().query('select key from send_gates order by key', [])
    expect(gates).toEqual([{ key: 'other/en' }, { key: 'po_notification/de' }])
  })
})
