/**
 * Lists of messages, newest first, by keyset on the id: a page costs the same whatever stands before it. Each
 * filter has its way: an index, where it has one, and a look at so many messages at a time, where it cannot.
 */

import { sql } from 'kysely'
import type { RawBuilder, SelectQueryBuilder } from 'kysely'
import type { Database } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'
import { idBound } from '../lib/uuid-v7.ts'
import type { MessageState, MessageStatus } from './message.ts'
import { LIST_COLUMNS } from './message-store.ts'
import type { ListedMessage } from './message-store.ts'

export interface MessageFilter {
  tenantId: string | null
  status?: MessageStatus
  state?: MessageState
  /** E.164, any of them. */
  recipientPhones?: readonly string[]
  templateName?: string
  poNumber?: string
  batchId?: string
  /** by created_at; from inclusive, to exclusive */
  from?: Date
  to?: Date
  /** Order number, message id, wamid or phone exactly; supplier name by its beginning. */
  q?: string
  /** What `q` may mean as a phone number, E.164. */
  qPhones?: readonly string[]
  /** Only ids below this one: the cursor. */
  before?: string
  /** 1 to 201 */
  limit: number
}

export interface MessagePage {
  messages: ListedMessage[]
  /** Where the look has ended for its time was over, and there may be more before it; null: there are none. */
  unseenBefore: string | null
}

/** Ids are made by a process's clock, created_at by the database's. */
const CLOCK_MARGIN_MS = 60 * 60 * 1000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

type Messages<Columns> = SelectQueryBuilder<Schema, 'whatsapp_messages', Columns>
type Ids = Messages<{ id: string }>
/** One of the ways to what a filter asks for: together they have all of it. */
type Branch = (database: Database) => Ids

const idsOf: Branch = (database) => database.kysely.selectFrom('whatsapp_messages').select('id')
/** What a person has to look at: an index of its own, that nothing but trouble writes to. */
const FOR_A_PERSON: Branch = (database) => idsOf(database).where('needs_attention', '=', true)
/** Canceled ones; an index of its own, with what had failed and was delivered after all. */
const ENDED: Branch = (database) =>
  idsOf(database).where('failed_at', 'is not', null).where('needs_attention', '=', false)
const DUE: Branch = (database) => idsOf(database).where('due_at', 'is not', null)
/** Written as under way by intake: not in the due index, and not older than what the oldest lease names. */
const STARTED: Branch = (database) =>
  idsOf(database)
    .where('state', '=', 'sending')
    .where('due_at', 'is', null)
    .where(
      'id',
      '>=',
      sql<string>`(select message_ids[1] from send_leases order by message_ids[1] limit 1)`,
    )

/** The ways to what is rare among messages. What is not here, most of them have been or are. */
const BY_STATE: Partial<Record<MessageState, readonly Branch[]>> = {
  queued: [DUE],
  claimed: [DUE],
  sending: [DUE, STARTED],
  held: [FOR_A_PERSON],
  in_doubt: [FOR_A_PERSON],
  unconfirmed: [FOR_A_PERSON],
  failed: [FOR_A_PERSON],
  expired: [FOR_A_PERSON],
  canceled: [FOR_A_PERSON, ENDED],
}
const BY_STATUS: Partial<Record<MessageStatus, readonly Branch[]>> = {
  PENDING: [DUE, STARTED],
  FAILED: [FOR_A_PERSON, ENDED],
}

/** How far back a page looks where no index helps. */
export interface LookBack {
  /** In one statement: some tens of milliseconds where the rows are in memory. */
  messages: number
  /** After so many ms no other look begins. */
  ms: number
}
const LOOK_BACK: LookBack = { messages: 20_000, ms: 1000 }

export async function listMessages(
  database: Database,
  filter: MessageFilter,
  far: LookBack = LOOK_BACK,
): Promise<MessagePage> {
  if (filter.q !== undefined) return search(database, filter, filter.q, far)
  if (!isNarrow(filter)) {
    const { status, state, templateName } = filter
    const branches = branchesOf(filter)
    if (branches !== undefined) return rarelyFound(database, filter, branches, far)
    const isChosen = [status, state, templateName].some((value) => value !== undefined)
    if (isChosen) return lookBack(database, filter, far)
  }
  return all(await withFilter(newest(database, filter), filter).execute())
}

/** There are few messages of these, and an index that has them. */
function isNarrow({ recipientPhones, poNumber, batchId }: MessageFilter): boolean {
  return [recipientPhones, poNumber, batchId].some((value) => value !== undefined)
}

function all(messages: ListedMessage[]): MessagePage {
  return { messages, unseenBefore: null }
}

function newest(database: Database, { limit }: MessageFilter) {
  return database.kysely
    .selectFrom('whatsapp_messages')
    .select(LIST_COLUMNS)
    .orderBy('id', 'desc')
    .limit(limit)
}

function withFilter<Columns>(
  messages: Messages<Columns>,
  filter: MessageFilter,
): Messages<Columns> {
  let query = messages
  if (filter.tenantId !== null) query = query.where('tenant_id', '=', filter.tenantId)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (filter.state !== undefined) query = query.where('state', '=', filter.state)
  if (filter.recipientPhones !== undefined) {
    query = query.where('recipient_phone', 'in', filter.recipientPhones)
  }
  if (filter.templateName !== undefined) {
    query = query.where('template_name', '=', filter.templateName)
  }
  if (filter.poNumber !== undefined) query = query.where('po_number', '=', filter.poNumber)
  if (filter.batchId !== undefined) query = query.where('batch_id', '=', filter.batchId)
  if (filter.from !== undefined) query = query.where('created_at', '>=', filter.from)
  if (filter.to !== undefined) query = query.where('created_at', '<', filter.to)
  return withinIds(query, filter)
}

/** What an index of ids can tell of the range. */
function withinIds<Columns>(
  messages: Messages<Columns>,
  { from, to, before }: MessageFilter,
): Messages<Columns> {
  let query = messages
  if (from !== undefined) {
    query = query.where('id', '>=', idBound(new Date(from.getTime() - CLOCK_MARGIN_MS)))
  }
  if (to !== undefined) {
    query = query.where('id', '<', idBound(new Date(to.getTime() + CLOCK_MARGIN_MS)))
  }
  return before === undefined ? query : query.where('id', '<', before)
}

/** Undefined where no index has what is asked for by itself. */
function branchesOf({ state, status }: MessageFilter): readonly Branch[] | undefined {
  if (state !== undefined) return BY_STATE[state]
  return status === undefined ? undefined : BY_STATUS[status]
}

/** Of as many messages it is seen at once whether they are rare just now. */
const FIRST_LOOK = 1000
const nearOf = ({ messages }: LookBack): LookBack => ({
  messages: Math.min(FIRST_LOOK, messages),
  ms: 0,
})

/**
 * What is rare nearly always. While a backlog waits it is most of what is new, and its index has hundreds of thousands
 * of entries that would be read to find the newest.
 */
async function rarelyFound(
  database: Database,
  filter: MessageFilter,
  branches: readonly Branch[],
  far: LookBack,
): Promise<MessagePage> {
  const page = await lookBack(database, filter, nearOf(far))
  return page.unseenBefore === null ? page : all(await newestOf(database, filter, branches))
}

/**
 * A statement has one branch an index: an "or" over different columns would scan the table. Every filter stands
 * in each branch, because what does not pass it must not use up the branch's limit.
 */
async function newestOf(
  database: Database,
  filter: MessageFilter,
  branches: readonly Branch[],
): Promise<ListedMessage[]> {
  const queries = branches.map((branch) =>
    withFilter(branch(database), filter).orderBy('id', 'desc').limit(filter.limit),
  )
  // A branch in a raw statement gets its brackets by itself.
  const found = sql<{ id: string }>`${sql.join(queries, sql` union `)}`
  const { rows } = await found.execute(database.kysely)
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  return newest(database, filter).where('id', 'in', ids).execute()
}

/**
 * Order number, wamid, id and phone by their indexes. A name that half of all messages have fills a page with the newest
 * of them; else its index is read, unless there are too many of it.
 */
async function search(
  database: Database,
  filter: MessageFilter,
  q: string,
  far: LookBack,
): Promise<MessagePage> {
  const exact: Branch[] = [
    (db) => idsOf(db).where('po_number', '=', q),
    (db) =>
      idsOf(db).where(
        'id',
        '=',
        db.kysely.selectFrom('whatsapp_wamids').where('wamid', '=', q).select('message_id'),
      ),
  ]
  if (UUID.test(q)) exact.push((db) => idsOf(db).where('id', '=', q))
  for (const phone of filter.qPhones ?? []) {
    exact.push((db) => idsOf(db).where('recipient_phone', '=', phone))
  }
  const isNamed = namedLike(q)
  const named: Branch = isNarrow(filter)
    ? (db) => idsOf(db).where(isNamed)
    : (db) => inOrderOfNames(db, isNamed).select('id')
  if (isNarrow(filter)) return all(await newestOf(database, filter, [...exact, named]))
  const found = await newestOf(database, filter, exact)
  const near = await lookBack(database, filter, nearOf(far), isNamed)
  if (near.unseenBefore === null) return together(found, near, filter.limit)
  if (!(await isFrequent(database, isNamed))) {
    return all(await newestOf(database, filter, [...exact, named]))
  }
  return together(found, await lookBack(database, filter, far, isNamed), filter.limit)
}

/** The index keeps the first hundred characters of a name, lower-cased; fewer are enough to find it. */
const INDEXED_CHARACTERS = 64
const NAME = sql`left(lower(supplier_name), 100)`
/** Messages whose rows are read to sort them: 40 µs each where they are not in memory. */
const FEW_NAMED = 2000

/** Lower-cased by the database on both sides: what it makes of İ or ß is its own affair. */
function namedLike(q: string): RawBuilder<boolean> {
  const characters = Array.from(q)
  const beginning = characters
    .slice(0, INDEXED_CHARACTERS)
    .join('')
    .replace(/[\\%_]/g, '\\$&')
  const alike = sql<boolean>`${NAME} like lower(${beginning}) || '%'`
  if (characters.length <= INDEXED_CHARACTERS) return alike
  return sql<boolean>`${alike} and starts_with(lower(supplier_name), lower(${q}))`
}

/** In the index's own order, so that nothing else is read, whatever is expected of the name. */
function inOrderOfNames(database: Database, isNamed: RawBuilder<boolean>) {
  const few = database.kysely
    .selectFrom('whatsapp_messages')
    .selectAll()
    .where(isNamed)
    .orderBy(sql`${NAME} using ~<~`)
    .orderBy('id', 'desc')
    .limit(FEW_NAMED)
  return database.kysely.selectFrom(few.as('whatsapp_messages')) as unknown as Messages<object>
}

/** Then some of the newest messages are among them, and to look back finds them sooner. */
async function isFrequent(database: Database, isNamed: RawBuilder<boolean>): Promise<boolean> {
  const rows = await inOrderOfNames(database, isNamed)
    .select('id')
    .offset(FEW_NAMED - 1)
    .execute()
  return rows.length > 0
}

function together(
  found: readonly ListedMessage[],
  { messages, unseenBefore }: MessagePage,
  limit: number,
): MessagePage {
  const byId = new Map([...found, ...messages].map((message) => [message.id, message]))
  const seen = [...byId.values()]
    .filter(({ id }) => unseenBefore === null || id >= unseenBefore)
    .sort((a, b) => (a.id < b.id ? 1 : -1))
  return {
    messages: seen.slice(0, limit),
    unseenBefore: seen.length >= limit ? null : unseenBefore,
  }
}

/**
 * By template, by a frequent name, or by a status that most messages have had or have: no index helps (one that
 * names a status would end HOT updates), so messages are looked at from the newest back. Usually a page is full
 * at once; where nearly none fits, the look ends after a second, and the next page goes on.
 */
async function lookBack(
  database: Database,
  filter: MessageFilter,
  far: LookBack,
  only: RawBuilder<boolean> = sql`true`,
): Promise<MessagePage> {
  const began = performance.now()
  const messages: ListedMessage[] = []
  let { before } = filter
  for (;;) {
    const rest = { ...filter, limit: filter.limit - messages.length, ...(before && { before }) }
    const from = await idAfter(database, rest, far.messages)
    const found = withFilter(newest(database, rest), rest).where(only)
    const looked = from === undefined ? found : found.where('id', '>=', from)
    messages.push(...(await looked.execute()))
    if (from === undefined || messages.length === filter.limit) return all(messages)
    if (performance.now() - began > far.ms) return { messages, unseenBefore: from }
    before = from
  }
}

/** The id of the message at this place of the range, newest first; undefined where there are fewer. */
async function idAfter(
  database: Database,
  filter: MessageFilter,
  place: number,
): Promise<string | undefined> {
  const ids = idsOf(database)
  const ofTenant = filter.tenantId === null ? ids : ids.where('tenant_id', '=', filter.tenantId)
  const row = await withinIds(ofTenant, filter)
    .orderBy('id', 'desc')
    .offset(place - 1)
    .limit(1)
    .executeTakeFirst()
  return row?.id
}
