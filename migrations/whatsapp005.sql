-- whatsapp005: cheaper to write, the same to read.

-- One row a batch of webhooks: `body` holds them one after the other, `lengths` says where each ends, in
-- bytes. A row from before is one body, without lengths. Not compressed: pglz costs more time than the
-- bytes are worth. The id is a UUID v7, so the time needs no index of its own.
alter table webhook_bodies add column lengths integer[];
alter table webhook_bodies alter column body set storage external;
drop index webhook_bodies_received;

-- The primary key is made last: where a month is analysed while it is still empty, every index that
-- contains the id costs the same, PostgreSQL takes the newest, and a cached plan would read all of it for
-- each row once the month fills. test/db/plans.test.ts finds it. An index added later is followed by this.
alter table whatsapp_messages drop constraint whatsapp_messages_pkey;
alter table whatsapp_messages add primary key (id);
