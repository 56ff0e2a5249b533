-- whatsapp031: a gate that was closed by a webhook is opened by one.

-- Meta answers some calls with 200 and says by webhook that the account cannot pay, or that the template is paused
-- (reference, 2.5). An accepted probe proves nothing of these: its status does. A process of the former version opens them at
-- the acceptance, as it does with all.
alter table send_gates add column needs_status boolean not null default false;
