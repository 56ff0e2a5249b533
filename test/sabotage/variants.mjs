/**
 * Faults that somebody might build in, each with the test that must not let it pass.
 *
 * `find` stands exactly once in `file`; `caughtBy` is a test file and a pattern of vitest's `-t`. Of the
 * tests that catch a fault the cheapest is named.
 */

/** Histories of the simulation that are told instead of a test's run. */
const SIMULATION = ['test/simulation/run.ts', '3000']
const onPglite = (file, name) => [file, `on PGlite .*${name}`]

export const VARIANTS = [
  {
    name: 'a send whose answer was lost is sent again',
    file: 'src/dispatcher/decide-outcome.ts',
    find: `    case 'in_doubt':
      return { kind: 'in_doubt' }`,
    replace: `    case 'in_doubt':
      return retry(backoffMs(failures, random))`,
    caughtBy: SIMULATION,
  },
  {
    name: 'a 502 of a gateway counts as a refusal of Meta',
    file: 'src/cloud-api/read-send-answer.ts',
    find: 'httpStatus < 400 || httpStatus >= 500 || httpStatus === REQUEST_TIMEOUT',
    replace: 'httpStatus < 400 || httpStatus === REQUEST_TIMEOUT',
    caughtBy: SIMULATION,
  },
  {
    name: 'a send carries nothing by which a webhook names it',
    file: 'src/dispatcher/build-request.ts',
    find: 'biz_opaque_callback_data: callbackData(message.id, message.attempt)',
    replace: `biz_opaque_callback_data: callbackData('', message.attempt)`,
    caughtBy: SIMULATION,
  },
  {
    name: 'of a webhook only the first status is read',
    file: 'src/webhook/parse-webhook.ts',
    find: `readEach('statuses', value['statuses'] ?? [], parsed, (status, index) => {`,
    replace: `readEach('statuses', [value['statuses'] ?? []].flat().slice(0, 1), parsed, (status, index) => {`,
    caughtBy: SIMULATION,
  },
  {
    name: 'a status of a message that is not known yet is dropped',
    file: 'src/webhook/apply-webhooks.ts',
    find: '  await store.insertOrphans(tx, orphans)\n',
    replace: '',
    caughtBy: SIMULATION,
  },
  {
    name: 'a failure outranks a delivery',
    file: 'src/webhook/fold-statuses.ts',
    find: 'failed: 3, delivered: 4, read: 5',
    replace: 'failed: 6, delivered: 4, read: 5',
    caughtBy: SIMULATION,
  },
  {
    name: 'of two statuses the one that came last wins',
    file: 'src/webhook/webhook-store.ts',
    find: 'else greatest(m.state, i.state) end)`',
    replace: 'else i.state end)`',
    caughtBy: onPglite(
      'test/webhook/apply-webhooks.test.ts',
      'gives the same row for any order and repetition',
    ),
  },
  {
    name: 'of two ordinary statuses the one that came last wins',
    file: 'src/webhook/plain-status-store.ts',
    find: '  set state = greatest(m.state, i.state),\n',
    replace: '  set state = i.state,\n',
    caughtBy: onPglite('test/webhook/apply-webhooks.test.ts', 'never lowers a message'),
  },
  {
    name: 'an ordinary status of an attempt before counts for the newest',
    file: 'src/webhook/plain-status-store.ts',
    find: 'case when m.fence = i.attempt then m.retried_through < i.attempt',
    replace: 'case when m.fence > 0 then true',
    caughtBy: onPglite('test/webhook/plain-statuses.test.ts', 'stand for the attempt'),
  },
  {
    name: 'facts that move out of a message are lost',
    file: 'src/message/facts-in-place.ts',
    find: '  where s.received_at is not null',
    replace: '  where false',
    caughtBy: onPglite('test/webhook/plain-statuses.test.ts', 'keep their moments'),
  },
  {
    name: 'a process that slept between intent and socket sends all the same',
    file: 'src/cloud-api/exchange.ts',
    find: 'if (this.#options.deadline?.() === true) {',
    replace: 'if (this.#settled) {',
    caughtBy: ['test/cloud-api/client.test.ts', 'a deadline that has passed'],
  },
  {
    name: 'the send of a dead process goes back into the queue',
    file: 'src/message/sweep-store.ts',
    find: `      when 'sending' then 'in_doubt'\n`,
    replace: `      when 'sending' then 'queued'\n`,
    caughtBy: onPglite('test/message/outbox.test.ts', 'in doubt, and never in the queue'),
  },
  {
    name: 'silence counts as evidence while no webhook flows',
    file: 'src/message/sweep-store.ts',
    find: `coalesce(w.newest_meta_at > a.started_at + interval '60 seconds', false)`,
    replace: 'true',
    caughtBy: onPglite('test/message/outbox.test.ts', 'keeps a doubt open'),
  },
  {
    name: 'a doubt is sent again as often as it comes',
    file: 'src/message/sweep-store.ts',
    find: `        when $2 = 'resend' and d.fence = 1 then 'queued'\n`,
    replace: `        when $2 = 'resend' then 'queued'\n`,
    caughtBy: onPglite('test/message/action-store.test.ts', 'leaves a second doubt to a person'),
  },
  {
    name: 'an answer is written whatever attempt is the newest: no fence',
    file: 'src/message/outbox.ts',
    find: "case when m.fence = i.attempt then m.state in ('sending', 'in_doubt') end",
    replace: "m.state in ('sending', 'in_doubt')",
    caughtBy: onPglite('test/message/outbox.test.ts', 'lets a late refusal of an older'),
  },
  {
    name: 'an acceptance counts only while its lease lasts',
    file: 'src/message/outbox.ts',
    find: 'where m.id = i.message_id and i.attempt > m.retried_through\nreturning',
    replace: `where m.id = i.message_id and m.state = 'sending'\nreturning`,
    caughtBy: onPglite('test/message/outbox.test.ts', 'takes a late acceptance as the truth'),
  },
  {
    name: 'that Meta took a message twice is not said with the acceptance',
    file: 'src/message/outbox.ts',
    find: 'duplicate_sent = ${TAKEN_TWICE},',
    replace: 'duplicate_sent = m.duplicate_sent,',
    caughtBy: onPglite('test/message/outbox.test.ts', 'marks a message of which Meta accepted two'),
  },
  {
    name: 'two messages to one recipient go at once',
    file: 'src/message/outbox.ts',
    find: '  where p.next_at <= clock_timestamp()\n',
    replace: '',
    caughtBy: onPglite('test/message/pace.test.ts', 'lets two processes start one message'),
  },
  {
    name: 'a webhook is taken under any signature',
    file: 'src/http/webhook-routes.ts',
    find: 'Array.isArray(signature) || !isSigned(raw, signature)',
    replace: 'Array.isArray(signature)',
    caughtBy: ['test/http/webhook.test.ts', 'takes a webhook only with the signature'],
  },
  {
    name: 'a webhook is parsed before its signature is verified, over what was parsed',
    file: 'src/http/webhook-routes.ts',
    find: '!isSigned(raw, signature)',
    replace: '!isSigned(Buffer.from(JSON.stringify(JSON.parse(raw.toString()))), signature)',
    caughtBy: ['test/http/webhook.test.ts', '.'],
  },
  {
    name: 'an event is acknowledged before it is committed',
    file: 'src/intake/event-sources/rabbitmq-consumer.ts',
    find: '      const delivery = toDelivery(message)\n',
    replace: `      const delivery = toDelivery(message)
      window.answered(message.deliveryTag)
      acknowledgeSoon()
`,
    caughtBy: ['test/intake/event-sources/rabbitmq.test.ts', 'hands over again what was in flight'],
  },
  {
    name: 'an approval that comes under a second event id makes a second message',
    file: 'src/intake/classify-events.ts',
    find: '    if (sameRevision !== undefined) {',
    replace: '    if (sameRevision !== undefined && sameEvent !== undefined) {',
    caughtBy: onPglite('test/intake/receive-event.test.ts', 'makes one message of one approval'),
  },
  {
    name: 'an event is published without `mandatory`: nobody bound, and it is gone',
    file: 'src/outgoing/publishers/confirmations.ts',
    find: '          mandatory: true,\n',
    replace: '',
    caughtBy: ['test/outgoing/relay.test.ts', 'keeps what no queue is bound for'],
  },
  {
    name: 'a canceled batch leaves nothing by which the live stream finds it',
    file: 'src/direct/batch-runner.ts',
    find: '  await insertChangeNote(tx, canceled)\n',
    replace: '',
    caughtBy: onPglite('test/http/change-feed.test.ts', 'a batch that is canceled long after'),
  },
  {
    name: 'a resumed stream begins exactly where another process was',
    file: 'src/http/change-feed.ts',
    find: 'overlapping(from), replayEvents + 1',
    replace: 'from, replayEvents + 1',
    caughtBy: onPglite('test/http/change-feed.test.ts', 'became visible after a later change'),
  },
]
