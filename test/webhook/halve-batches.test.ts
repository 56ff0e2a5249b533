import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { applyInRows, applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import type { WebhookItem } from '../../src/webhook/apply-webhooks.ts'
import { acceptedMessage, rowOf } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { statusItem } from '../support/statuses.ts'

const POISON = 'wamid.poison'

function sent(wamid: string): WebhookItem {
  return { kind: 'status', status: statusItem(wamid) }
}

describeEachMigratedDatabase('a batch with an item that the database refuses', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
    await database.execute(`
      create function refuse_poison() returns trigger language plpgsql as $$
      begin
        if new.wamid = '${POISON}' then raise exception 'poison' using errcode = '22000'; end if;
        return new;
      end $$;
      create trigger refuse_poison before insert on orphan_statuses for each row execute function refuse_poison();`)
  })
  afterAll(() => database.close())

  it.each([
    ['webhooks', applyWebhooks],
    ['what history says', applyInRows],
  ])(
    'of %s is halved until that is alone and kept, and the rest is applied',
    async (_what, apply) => {
      const wamids = Array.from({ length: 9 }, () => `wamid.${createId()}`)
      const ids: string[] = []
      for (const wamid of wamids) ids.push(await acceptedMessage(database, wamid))
      const items = [...wamids.slice(0, 4), POISON, ...wamids.slice(4)].map(sent)
      expect(await apply(database, items, createId)).toMatchObject({ skipped: 1 })
      for (const id of ids) expect(await rowOf(database, id)).toMatchObject({ state: 'sent' })
      const kept = await database.query(
        `delete from rejected_events where source = 'webhook' and detail like '%poison%' returning id`,
      )
      expect(kept).toHaveLength(1)
    },
  )
})
