import { isDatabaseAway } from '../db/database-error.ts'
import type { Database } from '../db/database.ts'
import { createBatcher } from '../lib/batcher.ts'
import { fingerprintOf } from '../lib/fingerprint.ts'
import { runHalving } from '../lib/halving.ts'
import type { Logger } from '../lib/logger.ts'
import type { EntrySettings } from '../message/hold-at-entry.ts'
import { findMessages } from '../message/message-store.ts'
import type { ListedMessage } from '../message/message-store.ts'
import { asWritten } from './as-written.ts'
import { findKeys, insertDirect } from './direct-store.ts'
import type { DirectDraft, KnownKey } from './direct-store.ts'
import { draftDirect } from './draft-direct.ts'
import { gatherFacts, NO_FACTS } from './gather-facts.ts'
import type { TemplateLookup } from './gather-facts.ts'
import { judgeRequest } from './judge-request.ts'
import { readMessageRequest, refuse } from './message-request.ts'
import type { MessageRequest, Refusal, RequestSettings } from './message-request.ts'

export interface DirectOptions extends EntrySettings, Omit<RequestSettings, 'onlyTenant'> {
  database: Database
  logger: Logger
  createId: () => string
  findTemplates: TemplateLookup
  /** The business number that sends. */
  phoneNumberId: string
  defaultLanguage: string
  /** How long a message may wait. */
  expiryHours: number
  /** Messages were written. */
  onBatch: () => void
}

/** Who asks, and under which key. */
export interface Ask {
  onlyTenant: string | null
  /** Of the header Idempotency-Key; null: none. */
  key: string | null
}

export type DirectOutcome = { ok: true; message: ListedMessage; replayed: boolean } | Refusal

interface Item {
  id: string
  request: MessageRequest
  key: { key: string; fingerprint: string } | null
}

const MAX_BATCH = 200
const LINGER_MS = 2
/** Where the request went is a part of what a key stands for. */
const ADDRESS = 'POST /api/v1/whatsapp/messages'

/**
 * Takes one message at a time, as an HTTP request brings it: judged by the registry and the window
 * before anything is written, committed together with others that come within milliseconds.
 *
 * @returns the message as it was written, after the commit; a throw means that the database is away
 */
export function createDirectSender(
  options: DirectOptions,
): (body: unknown, ask: Ask) => Promise<DirectOutcome> {
  const running = new Set<string>()
  const batcher = createBatcher<Item, DirectOutcome>({
    maxItems: MAX_BATCH,
    lingerMs: LINGER_MS,
    run: async (items) => {
      const outcomes = await runHalving(
        items,
        (part) => submitBatch(part, options),
        (_item, error) => {
          options.logger.error({ err: error }, 'WhatsApp message.refused_by_database')
          return Promise.resolve(refuse('validation_failed', 'The database refused the message.'))
        },
        isDatabaseAway,
      )
      if (outcomes.some((outcome) => outcome.ok && !outcome.replayed)) options.onBatch()
      return outcomes
    },
  })
  return async (body, { onlyTenant, key }) => {
    const read = readMessageRequest(body, { ...options, onlyTenant })
    if (!read.ok) return read
    const { request } = read
    const item: Item = { id: options.createId(), request, key: null }
    if (key === null) return batcher.add(item)
    const name = `${request.tenantId} ${key}`
    if (running.has(name)) return inProgress()
    running.add(name)
    try {
      const fingerprint = fingerprintOf({ to: ADDRESS, body })
      return await batcher.add({ ...item, key: { key, fingerprint } })
    } finally {
      running.delete(name)
    }
  }
}

async function submitBatch(
  items: readonly Item[],
  options: DirectOptions,
): Promise<DirectOutcome[]> {
  const { database } = options
  const keyed = items.filter(hasKey)
  const known = await findKnown(database, keyed)
  const fresh = items.filter((item) => !known.has(item))
  const facts = await gatherFacts(
    database,
    fresh.map((item) => item.request),
    options,
  )
  const refused = new Map<Item, Refusal>()
  const drafts = new Map<Item, DirectDraft>()
  fresh.forEach((item, place) => {
    const fact = facts[place] ?? NO_FACTS
    const judgement = judgeRequest(item.request, fact, options.defaultLanguage)
    if (judgement.ok) drafts.set(item, draftDirect(item.id, item.request, judgement, options))
    else refused.set(item, judgement)
  })
  await insertDrafts(drafts, { known, refused }, options)
  return answer(items, { drafts, known, refused }, database)
}

/** Writes; an item whose key another process took meanwhile moves to where it belongs. */
async function insertDrafts(
  drafts: Map<Item, DirectDraft>,
  others: { known: Map<Item, KnownKey>; refused: Map<Item, Refusal> },
  { database, expiryHours }: DirectOptions,
): Promise<void> {
  if (drafts.size === 0) return
  const entries = [...drafts].map(([item, draft]) => ({ item, draft, key: item.key }))
  const outcomes = await insertDirect(database, entries, expiryHours)
  const late: KeyedItem[] = []
  entries.forEach(({ item }, place) => {
    if (outcomes[place] === 'inserted') return
    drafts.delete(item)
    if (outcomes[place] === 'known' && hasKey(item)) late.push(item)
    else others.refused.set(item, inProgress())
  })
  for (const [item, key] of await findKnown(database, late)) others.known.set(item, key)
}

/** Every item's message as it was first written, or why there is none. */
async function answer(
  items: readonly Item[],
  found: {
    drafts: ReadonlyMap<Item, DirectDraft>
    known: ReadonlyMap<Item, KnownKey>
    refused: ReadonlyMap<Item, Refusal>
  },
  database: Database,
): Promise<DirectOutcome[]> {
  const ids = items.flatMap(
    (item) => found.drafts.get(item)?.id ?? found.known.get(item)?.message_id ?? [],
  )
  const rows = new Map((await findMessages(database, ids)).map((row) => [row.id, row]))
  return items.map((item) => {
    const refusal = found.refused.get(item)
    if (refusal !== undefined) return refusal
    const draft = found.drafts.get(item)
    const row = rows.get(draft?.id ?? found.known.get(item)?.message_id ?? '')
    if (draft !== undefined && row !== undefined) {
      const first = { hold_reason: draft.hold_reason, expires_at: row.expires_at }
      return { ok: true, message: asWritten(row, first), replayed: false }
    }
    const key = found.known.get(item)
    if (key === undefined || key.fingerprint !== item.key?.fingerprint) return mismatch()
    if (row === undefined) return refuse('not_found', 'The first message of this key is gone.')
    return { ok: true, message: asWritten(row, key), replayed: true }
  })
}

type KeyedItem = Item & { key: NonNullable<Item['key']> }

function hasKey(item: Item): item is KeyedItem {
  return item.key !== null
}

async function findKnown(
  database: Database,
  items: readonly KeyedItem[],
): Promise<Map<Item, KnownKey>> {
  const keys = items.map(({ request, key }) => ({ tenant_id: request.tenantId, key: key.key }))
  const found = await findKeys(database, keys)
  return new Map(
    items.flatMap((item, place): [Item, KnownKey][] => {
      const known = found.get(place)
      return known === undefined ? [] : [[item, known]]
    }),
  )
}

export function inProgress(): Refusal {
  return refuse(
    'idempotency_in_progress',
    'A request with the same Idempotency-Key is still being worked on; ask again after a second.',
  )
}

export function mismatch(): Refusal {
  return refuse(
    'idempotency_mismatch',
    'The Idempotency-Key came with another request before; a new request needs a new key.',
  )
}
