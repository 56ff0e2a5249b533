-- whatsapp010: what a message's timeline would else forget, and whose number a status may tell of.

-- The last time it was held: the reason and since when, kept as it leaves `held`.
alter table whatsapp_messages add column last_hold_reason text, add column last_held_at timestamptz;

-- Attempts up to this one went to another recipient: a person's retry found a new number. What their
-- webhooks say of who the recipient is no longer counts.
alter table whatsapp_messages add column recipient_since integer not null default 0;
