import { afterAll, beforeAll, expect, it } from 'vitest'
import type { BatchState } from '../../src/direct/batch-state.ts'
import {
  feedBatch,
  findBatch,
  insertBatch,
  rewindBatch,
  takeBack,
} from '../../src/direct/batch-store.ts'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { liftSettings, settleBacklog } from '../../src/message/backlog-store.ts'
import {
  closeGate,
  listGates,
  openGate,
  releaseProbe,
  releaseUngated,
} from '../../src/message/gate-store.ts'
import type { HoldReason } from '../../src/message/message.ts'
import { recordSettlements } from '../../src/message/outbox.ts'
import { reclassifyHeld } from '../../src/message/template-hold-store.ts'
import { claim, queueMessages, rowOf, settlement } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'

const ACCOUNT = '102290129340398'
const EVERYTHING = { tenantId: null, from: null, to: null }

describeEachMigratedDatabase('a message of a batch', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
    await database.query(
      `insert into whatsapp_templates (id, tenant_id, business_account_id, template_name, language, category, status)
       values (gen_random_uuid(), $1, $2, 'po_notification', 'es', 'UTILITY', 'APPROVED') returning 1`,
      [TENANT, ACCOUNT],
    )
  })
  afterAll(() => database.close())

  const newBatch = async (state: BatchState, total = 1): Promise<string> => {
    const id = createId()
    const settings = { rejections: [], rate_per_second: null, stop_when_failed_share: null }
    await insertBatch(database, { id, tenant_id: TENANT, total, ...settings })
    await setState(id, state)
    return id
  }
  const setState = (id: string, state: BatchState) =>
    database.query('update whatsapp_batches set state = $2 where id = $1', [id, state])
  /** As a batch's messages are written; null: they belong to none. */
  const messagesOf = async (
    batchId: string | null,
    count: number,
    hold: HoldReason | null = null,
  ): Promise<string[]> => {
    const held = hold === null ? {} : { state: 'held' as const, hold_reason: hold }
    const ids = await queueMessages(database, count, held)
    await database.query(
      `update whatsapp_messages set batch_id = $2, lane = 1, due_at = expires_at where id = any ($1::uuid[])`,
      [ids, batchId],
    )
    return ids
  }
  const whenDue = async (id: string): Promise<string> => {
    const { state, due_at: due, expires_at: expires } = await rowOf(database, id)
    if (state !== 'queued') return String(state)
    if (Number(due) === Number(expires)) return 'waits for its batch'
    return Number(due) <= Date.now() ? 'due' : 'later'
  }
  const close = (key: string) =>
    closeGate(database, {
      scope: 'number',
      key,
      reason: 'token',
      errorCode: '190',
      errorMessage: null,
      probeAfterMs: 0,
    })

  const RELEASES: readonly [string, HoldReason, () => Promise<unknown>][] = [
    [
      'notifications are switched on',
      'notifications_disabled',
      () => liftSettings(database, null, 60),
    ],
    ['the allow list admits it', 'not_in_allow_list', () => liftSettings(database, null, 60)],
    [
      'a person sends the backlog',
      'backlog_not_released',
      () => settleBacklog(database, EVERYTHING, 'send', 'ann'),
    ],
    ['its template is approved', 'template_paused', () => reclassifyHeld(database, ACCOUNT)],
    ['its gate is not there', 'token', () => releaseUngated(database)],
    [
      'its gate opens',
      'token',
      async () => {
        await close('n')
        await openGate(database, 'number', 'n')
      },
    ],
  ]
  it.each(RELEASES)(
    'waits for its batch where %s, and is due where that is over',
    async (_what, hold, release) => {
      const found: Record<string, string> = {}
      const states = ['running', 'paused', 'stopped', 'canceled', 'done'] as const
      const batches = [...(await Promise.all(states.map((state) => newBatch(state)))), null]
      const ids = await Promise.all(batches.map((batchId) => messagesOf(batchId, 1, hold)))
      await release()
      for (const [index, [id = '']] of ids.entries()) {
        found[states[index] ?? 'none'] = await whenDue(id)
      }
      expect(found).toEqual({
        running: 'waits for its batch',
        paused: 'waits for its batch',
        stopped: 'due',
        canceled: 'due',
        done: 'due',
        none: 'due',
      })
    },
  )

  it('is sent to see whether a gate is open, but not while its batch is paused', async () => {
    const paused = await messagesOf(await newBatch('paused'), 1, 'token')
    const running = await messagesOf(await newBatch('running'), 1, 'token')
    await close('probed')
    const gate = (await listGates(database)).find(({ key }) => key === 'probed')
    if (gate === undefined) throw new Error('the gate is open')
    expect(await releaseProbe(database, gate)).toBe(running[0])
    expect(await whenDue(running[0] ?? '')).toBe('due')
    expect(await releaseProbe(database, gate)).toBeUndefined()
    expect(await whenDue(paused[0] ?? '')).toBe('held')
    await openGate(database, 'number', 'probed')
  })

  it('is tried again later, but for one whose batch was paused meanwhile', async () => {
    const [batchId, other] = [await newBatch('running'), await newBatch('running')]
    const [first = '', never = ''] = [
      ...(await messagesOf(batchId, 1)),
      ...(await messagesOf(other, 1)),
    ]
    // What is due of other tests.
    await claim(database)
    await feedBatch(database, { id: batchId, fed_through: null }, 1)
    await feedBatch(database, { id: other, fed_through: null }, 1)
    expect((await claim(database)).map(({ id }) => id).sort()).toEqual([first, never].sort())
    await setState(batchId, 'paused')
    const again = { to_state: 'queued' as const, counts_failure: true }
    await recordSettlements(database, [
      settlement(first, { ...again, delay_ms: 1000 }),
      settlement(never, { ...again, delay_ms: 1000 * 60 * 60 * 1000 }),
    ])
    expect(await whenDue(first)).toBe('waits for its batch')
    // Its next try would come after its end, and it does not come sooner for that.
    expect(await whenDue(never)).toBe('later')
    expect(await rewindBatch(database, { id: other, fed_through: never })).toBeUndefined()
  })

  it('is taken back by a pause, also one that is to be tried again', async () => {
    const batchId = await newBatch('running', 3)
    const [sending = '', failing = '', due = ''] = await messagesOf(batchId, 3)
    await feedBatch(database, { id: batchId, fed_through: null }, 2)
    await claim(database)
    const again = { to_state: 'queued' as const, counts_failure: true, delay_ms: 60_000 }
    await recordSettlements(database, [settlement(failing, again)])
    await feedBatch(database, { id: batchId, fed_through: failing }, 1)
    expect(await Promise.all([sending, failing, due].map(whenDue))).toEqual([
      'sending',
      'later',
      'due',
    ])
    await takeBack(database, batchId)
    expect(await Promise.all([sending, failing, due].map(whenDue))).toEqual([
      'sending',
      'waits for its batch',
      'waits for its batch',
    ])
    expect(await rewindBatch(database, { id: batchId, fed_through: due })).toEqual({
      fed: 1,
      fed_through: sending,
    })
  })

  it('that was held when its turn came has it again, a few at a time as all others', async () => {
    const batchId = await newBatch('running', 8)
    const ids = [
      ...(await messagesOf(batchId, 2)),
      ...(await messagesOf(batchId, 4, 'notifications_disabled')),
      ...(await messagesOf(batchId, 2)),
    ]
    const feed = async (count: number): Promise<[number, number, string[]]> => {
      const before = await findBatch(database, batchId, null)
      const n = await feedBatch(
        database,
        { id: batchId, fed_through: before?.fed_through ?? null },
        count,
      )
      const due: string[] = []
      for (const id of ids) due.push(await whenDue(id))
      return [n, (await findBatch(database, batchId, null))?.fed ?? -1, due]
    }
    const rewind = async () =>
      rewindBatch(database, {
        id: batchId,
        fed_through: (await findBatch(database, batchId, null))?.fed_through ?? null,
      })
    const [W, H, D] = ['waits for its batch', 'held', 'due']
    expect(await feed(1)).toEqual([1, 1, [D, W, H, H, H, H, W, W]])
    expect(await rewind()).toBeUndefined()
    expect(await feed(2)).toEqual([2, 7, [D, D, H, H, H, H, D, W]])
    expect(await feed(9)).toEqual([1, 8, [D, D, H, H, H, H, D, D]])
    expect(await feed(9)).toEqual([0, 8, [D, D, H, H, H, H, D, D]])
    await liftSettings(database, null, 60)
    expect(await rewind()).toEqual({ fed: 2, fed_through: ids[1] })
    expect(await feed(1)).toEqual([1, 3, [D, D, D, W, W, W, D, D]])
    expect(await rewind()).toBeUndefined()
    expect(await feed(9)).toEqual([3, 8, [D, D, D, D, D, D, D, D]])
    expect(await rewind()).toBeUndefined()
  })
})
