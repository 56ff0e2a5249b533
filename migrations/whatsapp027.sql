-- whatsapp027: what was made in a span of time is found by a b-tree.

-- A BRIN index answers "and all pages that are not summarised yet", which after an hour of orders were most of those that
-- statistics and folds read, and looks at every block of every month (docs/decisions/0022-created-at-by-a-b-tree.md). An entry
-- is appended at the right edge; created_at never changes, so updates stay HOT.
create index whatsapp_messages_created_at on whatsapp_messages (created_at);
drop index whatsapp_messages_created;
