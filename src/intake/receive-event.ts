import { isDatabaseAway, isUniqueViolation } from '../db/database-error.ts'
import type { Database, Queryable } from '../db/database.ts'
import { createBatcher } from '../lib/batcher.ts'
import type { FieldError } from '../lib/errors.ts'
import { FAILPOINTS, reach } from '../lib/failpoint.ts'
import { runHalving } from '../lib/halving.ts'
import type { Logger } from '../lib/logger.ts'
import type { ClaimedMessage } from '../message/outbox.ts'
import type { SendSlots, SlotReservation } from '../message/send-slots.ts'
import { parseJson } from '../lib/strict-json.ts'
import { storableJson } from '../lib/storable-json.ts'
import { lookUpSuppliers } from '../supplier/supplier-store.ts'
import type { DirectoryEntry } from '../supplier/supplier-store.ts'
import { classifyEvents } from './classify-events.ts'
import { openEnvelope } from './cloud-events.ts'
import { draftMessage, withDirectory } from './draft-message.ts'
import type { DraftSettings } from './draft-message.ts'
import { fingerprintOf } from '../lib/fingerprint.ts'
import type { Delivery, EventHandler, EventOutcome, RejectionCode } from './event-source.ts'
import { findKnown, findStatuses, insertEvents, insertStarted } from './event-store.ts'
import type { EventBatch, MessageDraft, RejectedDraft, RememberedEvent } from './event-store.ts'
import { MAX_EVENT_BYTES, parsePurchaseOrderEvent } from './purchase-order-event.ts'
import type { PurchaseOrderEvent } from './purchase-order-event.ts'

export interface IntakeOptions extends DraftSettings {
  database: Database
  logger: Logger
  createId: () => string
  expiryHours: number
  /** Null: every tenant is served. */
  knownTenants: ReadonlySet<string> | null
  /** Messages were written that somebody has to look at: to send, or to tell of them. */
  onBatch: () => void
  /** Where this process sends, too: orders begin at once. Undefined: all are queued. */
  sendSlots?: SendSlots | undefined
}

type Refusal = Extract<EventOutcome, { kind: 'rejected' }> & { tenantId: string | null }
type Item =
  | {
      kind: 'event'
      event: PurchaseOrderEvent
      fingerprint: string
      messageId: string
      delivery: Delivery
    }
  | { kind: 'refused'; refusal: Refusal; delivery: Delivery }

const MAX_BATCH = 200
/** An order's batch is the dearest of all: with 15 ms it is worth its four round trips also where few orders come. */
const LINGER_MS = 15
const MAX_TRIES = 5
const UNREADABLE =
  'the process ended three times while it handled this event alone, so it is kept unread: ' +
  'report it with its bytes, and replay it after an update'

/**
 * From delivery to committed rows: parsed alone, committed in batches. The answer comes after the
 * commit; a throw means that the database is away and nothing was taken.
 */
export function createIntake(options: IntakeOptions): EventHandler {
  const { logger } = options
  const batcher = createBatcher<Item, EventOutcome>({
    maxItems: MAX_BATCH,
    lingerMs: LINGER_MS,
    run: async (items) => {
      const outcomes: EventOutcome[] = []
      // As many at a time as sends can begin with; all that is left where none can.
      while (outcomes.length < items.length) {
        const left = items.slice(outcomes.length)
        const slots = await options.sendSlots?.reserve(left.length)
        const part = left.slice(0, slots?.left)
        try {
          outcomes.push(...(await acceptPart(part, options, slots)))
        } finally {
          await slots?.release()
        }
      }
      return outcomes
    },
  })
  return async (delivery) => {
    const outcome = await batcher.add(readDelivery(delivery, options))
    logOutcome(logger, outcome)
    return outcome
  }
}

function readDelivery(delivery: Delivery, options: IntakeOptions): Item {
  const refused = (
    code: RejectionCode,
    detail: string,
    errors: readonly FieldError[] = [],
    eventId: string | null = null,
    tenantId: string | null = null,
  ): Item => ({
    kind: 'refused',
    delivery,
    refusal: { kind: 'rejected', code, detail, errors, eventId, tenantId },
  })
  if (delivery.isUnreadable === true) return refused('validation_failed', UNREADABLE)
  if (delivery.raw.length > MAX_EVENT_BYTES) {
    return refused('too_large', `the event has more than ${String(MAX_EVENT_BYTES)} bytes`)
  }
  const json = parseJson(delivery.raw)
  if (!json.ok) return refused('invalid_json', json.detail)
  const { headers, contentType } = delivery
  const opened = openEnvelope({ headers, contentType, body: json.value })
  if (!opened.ok) return refused(opened.code, opened.detail, opened.errors, opened.eventId)
  const parsed = parsePurchaseOrderEvent(opened.value, opened.envelope)
  if (!parsed.ok) {
    return refused(
      'validation_failed',
      parsed.detail,
      parsed.errors,
      parsed.eventId,
      parsed.tenantId,
    )
  }
  const { event } = parsed
  if (delivery.onlyTenant !== null && delivery.onlyTenant !== event.tenantId) {
    return refused('forbidden', 'the API key belongs to another tenant', [], event.eventId)
  }
  if (options.knownTenants !== null && !options.knownTenants.has(event.tenantId)) {
    const detail = 'the tenant is not known to this service'
    return refused('unknown_tenant', detail, [], event.eventId, event.tenantId)
  }
  return {
    kind: 'event',
    event,
    fingerprint: fingerprintOf(event.data),
    messageId: options.createId(),
    delivery,
  }
}

function acceptPart(
  part: readonly Item[],
  options: IntakeOptions,
  slots: SlotReservation | undefined,
): Promise<EventOutcome[]> {
  return runHalving(
    part,
    (half) => acceptBatch(half, options, slots),
    (item, error) => isolate(item, error, options),
    isDatabaseAway,
  )
}

/** Writes a batch; looks again when another process remembered one of its keys meanwhile. */
async function acceptBatch(
  items: readonly Item[],
  options: IntakeOptions,
  slots: SlotReservation | undefined,
): Promise<EventOutcome[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await acceptOnce(items, options, slots)
    } catch (error) {
      if (!isUniqueViolation(error) || tries >= MAX_TRIES) throw error
    }
  }
}

/**
 * One statement, and so no transaction, where every order says whom it goes to and in which language; else
 * what the supplier directory says of them holds until the orders are committed. Sends begin after the commit.
 */
async function acceptOnce(
  items: readonly Item[],
  options: IntakeOptions,
  slots: SlotReservation | undefined,
): Promise<EventOutcome[]> {
  const candidates = items.flatMap((item) =>
    item.kind === 'event' ? [{ item, event: item.event }] : [],
  )
  const asking = candidates.map(({ event }) => event).filter(asksDirectory)
  const { database } = options
  const { outcomes, written, started } =
    asking.length === 0
      ? await acceptIn(database, items, candidates, options, slots)
      : await database.transaction(async (tx) => {
          const known = await lookUpSuppliers(tx, asking)
          const entries = new Map<PurchaseOrderEvent, DirectoryEntry | undefined>(
            asking.map((event, n) => [event, known.get(n)]),
          )
          const completed = candidates.map(({ item, event }) => ({
            item,
            event: withDirectory(event, entries.get(event)),
          }))
          return acceptIn(tx, items, completed, options, slots)
        })
  if (started.length > 0) await slots?.start(started)
  if (started.length < written) options.onBatch()
  return fillStatuses(outcomes, database)
}

interface Candidate {
  item: Extract<Item, { kind: 'event' }>
  event: PurchaseOrderEvent
}

interface Accepted {
  outcomes: EventOutcome[]
  /** Messages, of which these are under way. */
  written: number
  started: ClaimedMessage[]
}

/** @param candidates the events among the items, in order, with what the directory knows */
async function acceptIn(
  db: Queryable,
  items: readonly Item[],
  candidates: readonly Candidate[],
  options: IntakeOptions,
  slots: SlotReservation | undefined,
): Promise<Accepted> {
  const keys = candidates.map(({ event }) => ({
    tenant_id: event.tenantId,
    event_id: event.eventId,
    po_id: event.poId,
    revision: event.revision,
  }))
  const known =
    keys.length === 0 ? { events: new Map(), revisions: new Map() } : await findKnown(db, keys)
  const verdicts = classifyEvents(
    candidates.map(({ event, item: { fingerprint, messageId } }) => ({
      tenantId: event.tenantId,
      eventId: event.eventId,
      poId: event.poId,
      revision: event.revision,
      fingerprint,
      messageId,
    })),
    known,
  )
  const events: RememberedEvent[] = []
  const messages: MessageDraft[] = []
  const rejected: RejectedDraft[] = []
  const decided = new Map<Item, EventOutcome>()

  candidates.forEach(({ item, event }, index) => {
    const { fingerprint } = item
    const verdict = verdicts[index]
    if (verdict === undefined) return
    const messageId = verdict.kind === 'new' ? item.messageId : verdict.messageId
    const outcome = { messageId, eventId: event.eventId }
    if (verdict.kind === 'conflict') {
      const detail = `another content came before under the same ${verdict.by === 'event_id' ? 'event_id' : 'po_id and revision'}`
      const refusal = {
        code: 'conflict',
        detail,
        errors: [],
        eventId: event.eventId,
        tenantId: event.tenantId,
      }
      if (isKept(item)) {
        rejected.push(rejectedDraft(options.createId(), item.delivery, refusal, messageId))
      }
      decided.set(item, { kind: 'conflict', ...outcome, detail })
      return
    }
    if (verdict.kind === 'duplicate') {
      if (verdict.rememberEventId) {
        const { tenantId: tenant_id, eventId: event_id } = event
        events.push({ tenant_id, event_id, fingerprint, message_id: messageId })
      }
      decided.set(item, { kind: 'duplicate', ...outcome, status: null })
      return
    }
    const draft = draftMessage(messageId, event, fingerprint, options)
    messages.push(draft)
    const status = draft.state === 'failed' ? 'FAILED' : 'PENDING'
    decided.set(item, { kind: 'accepted', ...outcome, status })
  })
  for (const item of items) {
    if (item.kind !== 'refused') continue
    const { tenantId, ...outcome } = item.refusal
    decided.set(item, outcome)
    if (outcome.code === 'forbidden' || !isKept(item)) continue
    rejected.push(rejectedDraft(options.createId(), item.delivery, { ...outcome, tenantId }, null))
  }

  let started: ClaimedMessage[] = []
  if (events.length + messages.length + rejected.length > 0) {
    if (FAILPOINTS) await reach('intake.before_commit')
    const { expiryHours } = options
    started = await write(db, { events, messages, rejected, expiryHours }, slots)
  }
  const outcomes = items.map((item) => decided.get(item)).filter((outcome) => outcome !== undefined)
  return { outcomes, written: messages.length, started }
}

/** Where sends can begin at once, as many as can are written as under way, and returned. */
async function write(
  db: Queryable,
  batch: EventBatch,
  slots: SlotReservation | undefined,
): Promise<ClaimedMessage[]> {
  const { messages } = batch
  if (slots === undefined || slots.left === 0 || messages.length === 0) {
    await insertEvents(db, batch)
    return []
  }
  const ids = await insertStarted(db, batch, slots.claim, slots.left)
  return messages.filter(({ id }) => ids.has(id)).map(startedMessage)
}

/** As the claim would have brought it. */
function startedMessage(draft: MessageDraft): ClaimedMessage {
  const { id, tenant_id, recipient_phone, template_name, template_language, event_id } = draft
  return {
    id,
    tenant_id,
    attempt: 1,
    failures: 0,
    recipient_phone,
    recipient_user_id: null,
    message_type: 'TEMPLATE',
    template_name,
    template_language,
    template_parameters: draft.template_parameters,
    content: null,
    event_id,
  }
}

/** Duplicates are answered with what has become of the first. */
async function fillStatuses(outcomes: EventOutcome[], database: Database): Promise<EventOutcome[]> {
  const ids = outcomes.flatMap((outcome) =>
    outcome.kind === 'duplicate' ? [outcome.messageId] : [],
  )
  const statuses = await findStatuses(database, [...new Set(ids)])
  return outcomes.map((outcome) =>
    outcome.kind === 'duplicate'
      ? { ...outcome, status: statuses.get(outcome.messageId) ?? null }
      : outcome,
  )
}

/** An event that the database alone refuses: kept with its bytes, like any other bad content. */
async function isolate(item: Item, error: unknown, options: IntakeOptions): Promise<EventOutcome> {
  const detail = `the database refused the event: ${error instanceof Error ? error.message : 'unknown'}`
  const eventId = item.kind === 'event' ? item.event.eventId : item.refusal.eventId
  options.logger.error({ err: error, event_id: eventId }, 'WhatsApp event.refused_by_database')
  const refusal = {
    code: 'validation_failed' as const,
    detail,
    errors: [],
    eventId,
    tenantId: null,
  }
  if (isKept(item)) {
    await insertEvents(options.database, {
      events: [],
      messages: [],
      rejected: [rejectedDraft(options.createId(), item.delivery, refusal, null)],
      expiryHours: options.expiryHours,
    })
  }
  return { kind: 'rejected', code: refusal.code, detail, errors: [], eventId }
}

function asksDirectory(
  event: PurchaseOrderEvent,
): event is PurchaseOrderEvent & { supplierId: string } {
  return event.supplierId !== null && (event.supplierPhone === null || event.language === null)
}

/** A replayed event is among the rejected ones already. */
function isKept(item: Item): boolean {
  return item.delivery.isReplay !== true
}

function rejectedDraft(
  id: string,
  delivery: Delivery,
  refusal: {
    code: string
    detail: string
    errors: readonly FieldError[]
    eventId: string | null
    tenantId: string | null
  },
  messageId: string | null,
): RejectedDraft {
  const { authorization: _authorization, cookie: _cookie, ...headers } = delivery.headers
  return {
    id,
    source: delivery.source,
    // never into another tenant's list, whatever an invalid event says of itself
    tenant_id: delivery.onlyTenant ?? refusal.tenantId,
    event_id: refusal.eventId,
    code: refusal.code,
    detail: refusal.detail,
    errors: refusal.errors,
    raw: delivery.raw.toString('base64'),
    headers: storableJson(headers),
    message_id: messageId,
  }
}

function logOutcome(logger: Logger, outcome: EventOutcome): void {
  const line = {
    outcome: outcome.kind,
    event_id: outcome.eventId,
    ...('messageId' in outcome && { message_id: outcome.messageId }),
    ...(outcome.kind === 'rejected' && {
      code: outcome.code,
      fields: outcome.errors.map((error) => error.field),
    }),
  }
  if (outcome.kind === 'accepted' || outcome.kind === 'duplicate')
    logger.debug(line, 'WhatsApp event.received')
  else logger.warn(line, 'WhatsApp event.received')
}
