/**
 * One batch of webhooks, one transaction: raw bodies, facts, and what they change. The caller answers
 * 200 after it, never before.
 */

import type { Database, Queryable } from '../db/database.ts'
import { isDatabaseAway } from '../db/database-error.ts'
import { FAILPOINTS, reach } from '../lib/failpoint.ts'
import { runHalving } from '../lib/halving.ts'
import { readCallbackData } from '../message/message.ts'
import { applyNotices } from '../supplier/apply-notices.ts'
import { readNotice } from '../supplier/read-notice.ts'
import { applyTemplateEvents } from '../template/apply-template-events.ts'
import type { TemplateChange } from '../template/merge-templates.ts'
import type { TemplateEvent } from '../template/template-event.ts'
import { factKey, foldChanges, foldFacts, splitByWamid } from './fold-statuses.ts'
import type { MatchedStatus } from './fold-statuses.ts'
import type { InboundItem, StatusItem } from './parse-webhook.ts'
import { movePlain, raisePlain } from './plain-status-store.ts'
import { foldPlain, readRaised } from './plain-statuses.ts'
import type { AppliedStatus, RaisedMessage } from './plain-statuses.ts'
import * as store from './webhook-store.ts'

/** No JSON; or JSON of which a part, or all, is not as a webhook is. */
export type UnreadableCode = 'invalid_json' | 'validation_failed'

export type WebhookItem =
  | { kind: 'body'; raw: Buffer }
  | { kind: 'status'; status: StatusItem }
  | { kind: 'inbound'; inbound: InboundItem }
  | { kind: 'template'; template: TemplateEvent }
  /** A body of which a part, or all, says nothing we could read; also kept raw, as every body. */
  | { kind: 'unreadable'; raw: Buffer; code: UnreadableCode; detail: string }

export interface ApplyReport {
  statuses: number
  news: AppliedStatus[]
  /** Statuses that said nothing new. */
  repeated: number
  orphans: number
  /** Messages whose acceptance was known only by this evidence. */
  settled: string[]
  /** Messages of which these statuses show that Meta took them twice. */
  twice: string[]
  /** Webhooks of templates. */
  templates: number
  templateChanges: TemplateChange[]
  /** Who wrote STOP: numbers, user ids and suppliers newly opted out. */
  optedOut: number
  /** Suppliers and waiting messages that follow a new number. */
  followed: number
  /** Items that no transaction would take: stored and skipped. */
  skipped: number
  /** Why the statement of the short way failed, where it did. */
  detour?: unknown
}

/**
 * Writes everything of a batch that came as webhooks, each item with its body: bodies and ordinary statuses in
 * one statement, then what is left, if anything, in a transaction. A batch that fails for its content is halved
 * until the bad item is alone; that one is kept under rejected events and the others go on.
 *
 * @throws when the database is away: nothing may be answered with 200
 */
export async function applyWebhooks(
  database: Database,
  items: readonly WebhookItem[],
  createId: () => string,
): Promise<ApplyReport> {
  const { report, rest } = await applyPlain(database, items, createId)
  return rest.length === 0 ? report : add(report, await applyInRows(database, rest, createId))
}

/**
 * The long way, for items with or without bodies: each status becomes a row of its own. A batch that fails for
 * its content is halved, as above.
 *
 * @throws when the database is away
 */
export async function applyInRows(
  database: Database,
  items: readonly WebhookItem[],
  createId: () => string,
): Promise<ApplyReport> {
  const reports = await runHalving(
    items,
    async (part) => {
      const report = await database.transaction((tx) => applyItems(tx, part, createId))
      return part.map((_, index) => (index === 0 ? report : EMPTY))
    },
    async (item, error) => {
      await rejectItem(database, item, error, createId)
      return { ...EMPTY, skipped: 1 }
    },
    (error) => isDatabaseAway(error),
  )
  return reports.reduce(add, EMPTY)
}

/** The short way. Whatever it does not take, or all where it fails, is left for the long one. */
async function applyPlain(
  database: Database,
  items: readonly WebhookItem[],
  createId: () => string,
): Promise<{ report: ApplyReport; rest: readonly WebhookItem[] }> {
  const bodies = items.flatMap((item) => (item.kind === 'body' ? [item.raw] : []))
  const statuses = items.flatMap((item) => (item.kind === 'status' ? [item.status] : []))
  const { matched, unmatched } = await matchStatuses(database, statuses)
  const { folds, others } = foldPlain(matched)
  if (folds.length === 0) return { report: EMPTY, rest: items }
  if (FAILPOINTS) {
    await reach('webhook.item')
    await reach('webhook.before_commit')
  }
  let raised: RaisedMessage[]
  try {
    raised = await raisePlain(database, createId(), bodies, folds)
  } catch (error) {
    if (isDatabaseAway(error)) throw error
    return { report: { ...EMPTY, detour: error }, rest: items }
  }
  const { news, repeated, settled, untold } = readRaised(folds, raised)
  const left = [...unmatched, ...others.map(({ item }) => item), ...untold.map(({ item }) => item)]
  return {
    report: { ...EMPTY, statuses: statuses.length - left.length, news, repeated, settled },
    rest: [
      ...items.filter(({ kind }) => kind !== 'body' && kind !== 'status'),
      ...left.map((status): WebhookItem => ({ kind: 'status', status })),
    ],
  }
}

const EMPTY: ApplyReport = {
  statuses: 0,
  news: [],
  repeated: 0,
  orphans: 0,
  settled: [],
  twice: [],
  templates: 0,
  templateChanges: [],
  optedOut: 0,
  followed: 0,
  skipped: 0,
}

function add(a: ApplyReport, b: ApplyReport): ApplyReport {
  if (b === EMPTY) return a
  return {
    statuses: a.statuses + b.statuses,
    news: [...a.news, ...b.news],
    repeated: a.repeated + b.repeated,
    orphans: a.orphans + b.orphans,
    settled: [...a.settled, ...b.settled],
    twice: [...a.twice, ...b.twice],
    templates: a.templates + b.templates,
    templateChanges: [...a.templateChanges, ...b.templateChanges],
    optedOut: a.optedOut + b.optedOut,
    followed: a.followed + b.followed,
    skipped: a.skipped + b.skipped,
    ...(a.detour !== undefined && { detour: a.detour }),
  }
}

/** Applies items in the caller's transaction: all of them, or it throws. */
export async function applyItems(
  tx: Queryable,
  items: readonly WebhookItem[],
  createId: () => string,
): Promise<ApplyReport> {
  const bodies = items.flatMap((item) => (item.kind === 'body' ? [item.raw] : []))
  const statuses = items.flatMap((item) => (item.kind === 'status' ? [item.status] : []))
  const inbound = items.flatMap((item) => (item.kind === 'inbound' ? [item.inbound] : []))
  if (bodies.length > 0) await store.insertBodies(tx, createId(), bodies)
  const unreadable = items.filter((item) => item.kind === 'unreadable')
  await store.insertRejectedWebhooks(
    tx,
    unreadable.map(({ code, detail, raw }) => ({ id: createId(), code, detail, raw })),
  )
  const report = statuses.length === 0 ? EMPTY : await applyStatuses(tx, statuses)
  const heeded = await applyInbound(tx, inbound, createId)
  const templates = items.flatMap((item) => (item.kind === 'template' ? [item.template] : []))
  // Last: it takes the account's lock, and nobody else has to wait for this batch's messages.
  const templateChanges = templates.length === 0 ? [] : await applyTemplateEvents(tx, templates)
  if (FAILPOINTS) await reach('webhook.before_commit')
  return { ...report, ...heeded, templates: templates.length, templateChanges }
}

/** What is repeated by Meta is heeded once: somebody may have agreed again meanwhile. */
async function applyInbound(
  tx: Queryable,
  inbound: readonly InboundItem[],
  createId: () => string,
) {
  const fresh = await store.insertInbound(tx, inbound)
  const notices = inbound.flatMap((item) => (fresh.has(item.wamid) ? (readNotice(item) ?? []) : []))
  return applyNotices(tx, notices, createId)
}

async function applyStatuses(tx: Queryable, statuses: readonly StatusItem[]): Promise<ApplyReport> {
  const { matched, unmatched } = await matchStatuses(tx, statuses)
  const { applied, unknown } = await applyMatched(tx, matched)
  const orphans = [...unmatched, ...unknown.map((status) => status.item)]
  await store.insertOrphans(tx, orphans)
  await store.raiseWatermarks(tx, newestByNumber(statuses))
  return {
    ...EMPTY,
    statuses: statuses.length,
    news: applied.news,
    repeated: applied.repeated,
    orphans: orphans.length,
    settled: applied.settled,
    twice: applied.twice,
  }
}

/** By callback data first: the row exists before the send, so there is no race. Else by wamid. */
async function matchStatuses(
  tx: Queryable,
  statuses: readonly StatusItem[],
): Promise<{ matched: MatchedStatus[]; unmatched: StatusItem[] }> {
  const matched: MatchedStatus[] = []
  const byWamid: StatusItem[] = []
  for (const item of statuses) {
    const named = readCallbackData(item.callbackData)
    if (named === undefined) byWamid.push(item)
    else matched.push({ ...named, item })
  }
  const known = await store.findWamids(tx, [...new Set(byWamid.map((item) => item.wamid))])
  const unmatched: StatusItem[] = []
  for (const item of byWamid) {
    const found = known.get(item.wamid)
    if (found === undefined) unmatched.push(item)
    else matched.push({ ...found, item })
  }
  return { matched, unmatched }
}

interface Applied {
  news: AppliedStatus[]
  repeated: number
  settled: string[]
  twice: string[]
}

/** Applies statuses whose message is named; `unknown` are those whose message does not exist. */
export async function applyMatched(
  tx: Queryable,
  matched: readonly MatchedStatus[],
): Promise<{ applied: Applied; unknown: MatchedStatus[] }> {
  const applied: Applied = { news: [], repeated: 0, settled: [], twice: [] }
  const unknown: MatchedStatus[] = []
  // Nearly every sweep of the orphans, twice a second.
  if (matched.length === 0) return { applied, unknown }
  for (const part of splitByWamid(matched)) {
    const all = foldFacts(part)
    const repeatedInPlace = await movePlain(tx, all)
    applied.repeated += repeatedInPlace.size
    const facts = all.filter((_, n) => !repeatedInPlace.has(n))
    if (facts.length === 0) continue
    const known = await readKnown(tx, facts)
    const isNew = (fact: MatchedStatus) => known.get(keyOf(fact))?.isNew
    if (FAILPOINTS) await reach('webhook.item')
    const news = facts.filter((fact) => isNew(fact) === true)
    for (const fact of news) {
      applied.news.push({ ...fact, acceptedAt: known.get(keyOf(fact))?.acceptedAt ?? null })
    }
    for (const round of foldChanges(news)) {
      const { settled, twice } = await store.applyChanges(tx, round)
      applied.settled.push(...settled)
      applied.twice.push(...twice)
    }
    const repeated = facts.filter((fact) => isNew(fact) === false)
    applied.repeated += repeated.length
    // The same word of another id of Meta's says nothing new, but for this.
    const revealing = repeated.filter((fact) => known.get(keyOf(fact))?.revealsTwice)
    applied.twice.push(...(await store.markTwice(tx, revealing)))
    unknown.push(...facts.filter((fact) => isNew(fact) === undefined))
  }
  return { applied, unknown }
}

/** What the database says of each fact whose message exists, once it is stored. */
async function readKnown(tx: Queryable, facts: readonly MatchedStatus[]) {
  const known = new Map<
    string,
    { isNew: boolean; revealsTwice: boolean; acceptedAt: Date | null }
  >()
  // Of a new fact there are two rows, and the one that says so comes last.
  for (const row of await store.insertFacts(tx, facts)) {
    const { message_id: messageId, attempt, status, is_new: isNew } = row
    const key = factKey(messageId, attempt, status)
    const acceptedAt = row.accepted_at ?? known.get(key)?.acceptedAt ?? null
    known.set(key, { isNew, revealsTwice: row.reveals_twice, acceptedAt })
  }
  return known
}

function keyOf({ messageId, attempt, item }: MatchedStatus): string {
  return factKey(messageId, attempt, item.status)
}

/**
 * Applies orphans whose message has become known. Races with an acceptance under way are settled by
 * being run again: twice a second over the last minute's.
 *
 * @returns how many were applied, which of them said something new, and the messages that turn out to have
 *   been taken twice
 */
export function applyOrphans(
  database: Database,
  all: boolean,
): Promise<{ applied: number; news: AppliedStatus[]; twice: string[] }> {
  return database.transaction(async (tx) => {
    const matched = await store.takeOrphans(tx, all)
    const { applied } = await applyMatched(tx, matched)
    return { applied: matched.length, news: applied.news, twice: applied.twice }
  })
}

function newestByNumber(statuses: readonly StatusItem[]): Map<string, string> {
  const newest = new Map<string, string>()
  for (const { phoneNumberId, metaAt } of statuses) {
    if (phoneNumberId === null || metaAt === null) continue
    const known = newest.get(phoneNumberId)
    if (known === undefined || known < metaAt) newest.set(phoneNumberId, metaAt)
  }
  return newest
}

async function rejectItem(
  database: Database,
  item: WebhookItem,
  error: unknown,
  createId: () => string,
): Promise<void> {
  const reason = error instanceof Error ? error.message : 'unknown'
  const raw = 'raw' in item ? item.raw : Buffer.from(JSON.stringify(item))
  const detail = `a webhook item of kind ${item.kind} was refused by the database: ${reason}`
  const rejected = { id: createId(), code: 'validation_failed', detail, raw }
  await store.insertRejectedWebhooks(database, [rejected])
}
