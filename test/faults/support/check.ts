import { readFileSync } from 'node:fs'
import { ADMIN_KEY, CREDENTIALS } from '../../support/test-config.ts'
import type { Accepted } from './emulator-process.ts'
import { expectedState } from './expected-state.ts'
import type { LedgerEntry } from './load.ts'

type Query = <Row>(sql: string, parameters?: unknown[]) => Promise<Row[]>

export interface Evidence {
  query: Query
  ledger: ReadonlyMap<string, LedgerEntry>
  accepted: readonly Accepted[]
  regressions: readonly string[]
  /** Files of what the processes wrote. */
  logs: readonly string[]
}

export interface Report {
  events: number
  acked: number
  lost: number
  duplicated: number
  unexpected: number
  accepted: number
  twice: number
  inDoubt: number
  settled: number
  held: number
  regressions: number
  /** Everything that breaks a promise, in words; at most 20 of a kind. */
  problems: string[]
}

interface MessageRow {
  id: string
  event_id: string
  state: string
  needs_attention: boolean
  error_code: string | null
  hold_reason: string | null
  sent_at: Date | null
  delivered_at: Date | null
  read_at: Date | null
  retried_through: number
}

const AT_WORK = ['queued', 'claimed', 'sending']
const FOR_A_PERSON = ['in_doubt', 'unconfirmed', 'held', 'failed', 'expired']
/** Whether anything of them was told to us is not known. */
const SILENT = new Set(['missing', 'accept_then_silence'])
const SETTLED_WITHIN_SECONDS = 5

/** Compares what was promised with what there is, once nothing moves any more. */
export async function check(evidence: Evidence): Promise<Report> {
  const messages = await evidence.query<MessageRow>(
    `select id, event_id, state, needs_attention, error_code, hold_reason, sent_at, delivered_at, read_at,
       retried_through from whatsapp_messages`,
  )
  const events = await checkEvents(evidence, messages)
  const sends = checkSends(evidence.accepted, messages)
  const doubts = await checkDoubts(evidence.query)
  const problems = [
    ...events.problems,
    ...sends.problems,
    ...doubts.problems,
    ...checkRest(messages),
    ...(await checkFacts(evidence.query, messages)),
    ...evidence.regressions.slice(0, 20),
    ...checkLogs(evidence),
  ]
  return {
    ...events.counts,
    ...sends.counts,
    ...doubts.counts,
    regressions: evidence.regressions.length,
    problems,
  }
}

export function reportLine(name: string, report: Report, seed: number): string {
  const { events, acked, lost, duplicated, unexpected, accepted, twice } = report
  return [
    `${name}: events ${events} acked ${acked} lost ${lost} duplicated ${duplicated} unexpected ${unexpected}`,
    `accepted-by-meta ${accepted} twice ${twice}`,
    `in-doubt ${report.inDoubt} settled ${report.settled} held ${report.held}`,
    `status-regressions ${report.regressions}`,
    `seed ${seed}`,
  ].join(' | ')
}

/**
 * G1: what was taken is there, once; what was not offered is not there. An order that was delivered ten times
 * and then ended the process three times is kept unread under rejected events, which is not lost.
 */
async function checkEvents({ query, ledger }: Evidence, messages: readonly MessageRow[]) {
  const rejected = await query<{ raw: Buffer; is_unread: boolean }>(
    `select raw, detail like 'the process ended three times%' and (headers->>'x-delivery-count')::int >= 10
       as is_unread from rejected_events`,
  )
  const rejectedIds = new Set(rejected.flatMap(({ raw }) => idIn(raw)))
  const unreadIds = new Set(rejected.flatMap((row) => (row.is_unread ? idIn(row.raw) : [])))
  const rows = new Map<string, number>()
  for (const { event_id: id } of messages) rows.set(id, (rows.get(id) ?? 0) + 1)
  const entries = [...ledger.values()]
  const acked = entries.filter((entry) => entry.isConfirmed)
  const lost = acked.filter(({ event }) =>
    event.kind === 'order'
      ? !rows.has(event.id) && !unreadIds.has(event.id)
      : !rejectedIds.has(event.id),
  )
  const duplicated = [...rows].filter(([, count]) => count > 1).map(([id]) => id)
  const unexpected = [...rows.keys()].filter((id) => ledger.get(id)?.event.kind !== 'order')
  return {
    counts: {
      events: entries.length,
      acked: acked.length,
      lost: lost.length,
      duplicated: duplicated.length,
      unexpected: unexpected.length,
    },
    problems: [
      ...some(
        'lost',
        lost.map(({ event }) => event.id),
      ),
      ...some('duplicated', duplicated),
      ...some('unexpected', unexpected),
    ],
  }
}

/** The event's id in bytes that may be anything. */
export function idIn(raw: Buffer): string[] {
  return /"event_id":"([^"]+)"|^\["([^"]+)"/.exec(raw.toString())?.slice(1) ?? []
}

/** G4 and G7: Meta has no message twice, and each message is where Meta's words say. */
function checkSends(accepted: readonly Accepted[], messages: readonly MessageRow[]) {
  const byId = new Map(messages.map((message) => [message.id, message]))
  const times = new Map<string, number>()
  const problems: string[] = []
  for (const { callback_data: data, statuses, behaviour } of accepted) {
    const id = data?.split('.')[1] ?? ''
    times.set(id, (times.get(id) ?? 0) + 1)
    const row = byId.get(id)
    if (row === undefined) problems.push(`Meta accepted ${String(data)}, of which there is no row`)
    if (row === undefined || SILENT.has(behaviour)) continue
    const expected = expectedState(statuses.map(({ status }) => status))
    if (row.state !== expected) {
      problems.push(`${id} is ${row.state}, and Meta said ${expected} (${behaviour})`)
    }
  }
  const twice = [...times].filter(([, count]) => count > 1).map(([id]) => id)
  return {
    counts: { accepted: accepted.length, twice: twice.length },
    problems: [...some('accepted twice', twice), ...problems.slice(0, 20)],
  }
}

/** Doubts that evidence came for are settled, and within seconds of it. */
async function checkDoubts(query: Query) {
  const [counts = { settled: 0, held: 0, open: 0, late: 0 }] = await query<{
    settled: number
    held: number
    open: number
    late: number
  }>(
    `select
       count(*) filter (where a.evidence = 'webhook' and a.http_status is null)::int as settled,
       count(*) filter (where a.outcome in ('in_doubt', 'assumed_lost'))::int as held,
       count(*) filter (where a.outcome is null)::int as open,
       count(*) filter (where a.evidence = 'webhook' and a.ended_at > f.first
         + interval '${SETTLED_WITHIN_SECONDS} seconds')::int as late
     from whatsapp_attempts a
     left join (select message_id, attempt, min(received_at) as first from whatsapp_facts
                group by 1, 2) f using (message_id, attempt)`,
  )
  return {
    counts: {
      inDoubt: counts.settled + counts.held,
      settled: counts.settled,
      held: counts.held,
    },
    problems: [
      ...(counts.open > 0 ? [`${counts.open} attempts have no outcome`] : []),
      ...(counts.late > 0 ? [`${counts.late} doubts were settled late`] : []),
    ],
  }
}

/** G5: nothing is at work any more, and what needs a person is shown to one, with a reason. */
function checkRest(messages: readonly MessageRow[]): string[] {
  const atWork = messages.filter(({ state }) => AT_WORK.includes(state))
  const hidden = messages.filter(
    ({ state, needs_attention: isShown }) => FOR_A_PERSON.includes(state) && !isShown,
  )
  const silent = messages.filter(
    ({ state, error_code: error, hold_reason: reason }) =>
      (['failed', 'expired'].includes(state) && error === null) ||
      (state === 'held' && reason === null),
  )
  return [
    ...some(
      'still at work',
      atWork.map(({ id, state }) => `${id} ${state}`),
    ),
    ...some(
      'not in the list',
      hidden.map(({ id, state }) => `${id} ${state}`),
    ),
    ...some(
      'without a reason',
      silent.map(({ id }) => id),
    ),
  ]
}

/** G6: folding the facts again gives the row. */
async function checkFacts(query: Query, messages: readonly MessageRow[]): Promise<string[]> {
  const facts = await query<{ message_id: string; attempt: number; status: string; meta_at: Date }>(
    'select message_id, attempt, status, meta_at from whatsapp_facts',
  )
  const byId = new Map<string, typeof facts>()
  for (const fact of facts) byId.set(fact.message_id, [...(byId.get(fact.message_id) ?? []), fact])
  const problems: string[] = []
  for (const row of messages) {
    const known = (byId.get(row.id) ?? []).filter(({ attempt }) => attempt > row.retried_through)
    if (known.length === 0) continue
    const first = (status: string) =>
      known.find((fact) => fact.status === status)?.meta_at.toISOString() ?? null
    const folded = [
      expectedState(known.map(({ status }) => status)),
      first('sent'),
      first('delivered') ?? first('read'),
      first('read'),
    ]
    const times = [row.sent_at, row.delivered_at, row.read_at]
    const stored = [row.state, ...times.map((time) => time?.toISOString() ?? null)]
    if (JSON.stringify(folded) !== JSON.stringify(stored)) {
      problems.push(`${row.id} is ${stored.join(' ')}, and its facts say ${folded.join(' ')}`)
    }
  }
  return problems.slice(0, 20)
}

/** No secret and no whole phone number is in a log; nothing crashed that was not killed. */
function checkLogs({ logs, ledger }: Evidence): string[] {
  const phones = new Set([...ledger.values()].map(({ event }) => event.phone.slice(1)))
  const secrets = [
    CREDENTIALS.accessToken,
    CREDENTIALS.appSecret,
    CREDENTIALS.verifyToken,
    ADMIN_KEY,
  ]
  const problems: string[] = []
  for (const file of logs) {
    const text = readFileSync(file, 'utf8')
    for (const secret of secrets) {
      if (text.includes(secret)) problems.push(`a secret is in the log: ${secret}`)
    }
    for (const [digits] of text.matchAll(/\d{9,15}/g)) {
      if (phones.has(digits)) problems.push(`a phone number is in the log: ${digits}`)
    }
    const crash = /^(TypeError|RangeError|ReferenceError|Error|\[UnhandledPromise).*$/m.exec(text)
    if (crash !== null) problems.push(`a crash is in the log: ${crash[0]}`)
  }
  return [...new Set(problems)].slice(0, 20)
}

function some(what: string, ids: readonly string[]): string[] {
  return ids.slice(0, 20).map((id) => `${what}: ${id}`)
}
