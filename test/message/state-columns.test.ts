import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { MESSAGE_STATES, callbackData, statusOf } from '../../src/message/message.ts'
import type { MessageState } from '../../src/message/message.ts'
import { recordAcceptances, recordSettlements } from '../../src/message/outbox.ts'
import { applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import {
  acceptance,
  claim,
  draftMessages,
  queueMessages,
  startMessages,
} from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

const FOR_A_PERSON: readonly MessageState[] = [
  'held',
  'in_doubt',
  'unconfirmed',
  'expired',
  'failed',
]

function status(id: string, word: string) {
  return {
    kind: 'status' as const,
    status: {
      wamid: `wamid.${id}`,
      status: word,
      metaAt: '2025-06-15T15:06:41.000Z',
      phoneNumberId: null,
      recipientId: null,
      recipientUserId: null,
      callbackData: callbackData(id, 1),
      pricing: null,
      error: word === 'failed' ? { code: '131026', title: 'Undeliverable', detail: null } : null,
      detail: {},
    },
  }
}

describeEachMigratedDatabase('what follows from the state', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const columnsOf = async (id: string) => {
    const [row] = await database.query<{
      state: MessageState
      status: string
      needs_attention: boolean
    }>('select state, status, needs_attention from whatsapp_messages where id = $1', [id])
    return row
  }
  const expectedOf = (state: MessageState) => ({
    state,
    status: statusOf(state),
    needs_attention: FOR_A_PERSON.includes(state),
  })
  /** Writes a message by hand, with its state alone. */
  const write = async (state: MessageState) => {
    const id = createId()
    await database.query(
      `insert into whatsapp_messages (id, tenant_id, state, recipient_phone, whatsapp_message_id, hold_reason, error_code)
       values ($1, $1, $2::whatsapp_message_state, '+34600000000', 'wamid.by-hand',
         case when $2::text = 'held' then 'account' end, case when $2::text in ('failed', 'expired', 'canceled') then 'x' end)
       returning 1`,
      [id, state],
    )
    return id
  }

  it('is the database’s own to keep, whoever writes', async () => {
    for (const state of MESSAGE_STATES)
      expect(await columnsOf(await write(state))).toEqual(expectedOf(state))
    const id = await write('sending')
    await database.query(
      `update whatsapp_messages set state = 'in_doubt' where id = $1 returning 1`,
      [id],
    )
    expect(await columnsOf(id)).toEqual(expectedOf('in_doubt'))
    await database.query(`update whatsapp_messages set state = 'read' where id = $1 returning 1`, [
      id,
    ])
    expect(await columnsOf(id)).toEqual(expectedOf('read'))
    await database.query(
      `update whatsapp_messages set duplicate_sent = true, status = 'PENDING' where id = $1 returning 1`,
      [id],
    )
    expect(await columnsOf(id)).toEqual({ ...expectedOf('read'), needs_attention: true })
  })

  it('goes with a state that only moves as the state machine says', async () => {
    for (const [from, to] of [
      ['read', 'delivered'],
      ['sent', 'accepted'],
      ['delivered', 'failed'],
      ['accepted', 'queued'],
      ['sending', 'unconfirmed'],
      ['failed', 'queued'],
      ['expired', 'sending'],
      ['canceled', 'accepted'],
    ] as const) {
      const id = await write(from)
      const change = database.query(
        `update whatsapp_messages set state = $2::whatsapp_message_state, error_code = 'x' where id = $1 returning 1`,
        [id, to],
      )
      await expect(change, `${from} to ${to}`).rejects.toThrow(`may not go from ${from} to ${to}`)
    }
  })

  it('is written with the state by every statement on the way of an order', async () => {
    await database.execute(`
      create or replace function refuse_to_keep() returns trigger language plpgsql as $$
      begin raise exception 'the state was written alone'; end $$;
      create trigger refuse_to_keep after update on whatsapp_messages for each row
      when (new.status <> case when new.state <= 'unconfirmed' then 'PENDING'::whatsapp_message_status
          when new.state = 'read' then 'READ' when new.state = 'delivered' then 'DELIVERED'
          when new.state in ('accepted', 'sent') then 'SENT' else 'FAILED' end
        or new.needs_attention <> (new.duplicate_sent or new.state in ('held', 'in_doubt', 'unconfirmed', 'expired', 'failed')))
      execute function refuse_to_keep()`)
    await startMessages(database, draftMessages(2))
    const ids = await queueMessages(database, 4)
    const claimed = await claim(database)
    expect(claimed.map(({ id }) => id)).toEqual(expect.arrayContaining(ids))
    const [sent = '', failed = '', doubtful = '', twice = ''] = ids
    const accepted = [sent, failed, twice].map((id) => acceptance(id, 1, `wamid.${id}`))
    await recordAcceptances(database, accepted)
    await recordSettlements(database, [
      {
        message_id: doubtful,
        attempt: 1,
        outcome: 'in_doubt',
        http_status: null,
        to_state: 'in_doubt',
        hold_reason: null,
        delay_ms: 1000,
        counts_failure: false,
        refunds_attempt: false,
        error_code: null,
        error_message: null,
        error: null,
        response: null,
      },
    ])
    await applyWebhooks(
      database,
      ['sent', 'delivered', 'read'].map((word) => status(sent, word)),
      createId,
    )
    await applyWebhooks(database, [status(failed, 'failed'), status(doubtful, 'sent')], createId)
    await recordAcceptances(database, [acceptance(twice, 1, 'wamid.again')])
    expect(await columnsOf(sent)).toEqual(expectedOf('read'))
    expect(await columnsOf(failed)).toEqual(expectedOf('failed'))
    expect(await columnsOf(doubtful)).toEqual(expectedOf('sent'))
    expect(await columnsOf(twice)).toEqual({ ...expectedOf('accepted'), needs_attention: true })
  })
})
