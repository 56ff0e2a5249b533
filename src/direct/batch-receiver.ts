import { setImmediate } from 'node:timers/promises'
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Queryable } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import { splitDocument, splitLines } from '../lib/json-elements.ts'
import { nameFields, schemaFaults } from '../lib/schema-faults.ts'
import { parseJson } from '../lib/strict-json.ts'
import { insertChangeNote } from '../message/change-note-store.ts'
import { findRejections, insertBatch } from './batch-store.ts'
import type { Rejection } from './batch-store.ts'
import { findKeys, insertDirect, KEY_LOCK } from './direct-store.ts'
import type { DirectDraft } from './direct-store.ts'
import { inProgress, mismatch } from './direct-sender.ts'
import type { Ask, DirectOptions } from './direct-sender.ts'
import { draftDirect } from './draft-direct.ts'
import { gatherFacts, NO_FACTS } from './gather-facts.ts'
import { judgeRequest } from './judge-request.ts'
import { readMessageRequest, toError } from './message-request.ts'
import type { MessageRequest } from './message-request.ts'
import { MAX_REQUEST_BYTES } from './message-schema.ts'

export const MAX_BULK_BYTES = 16 * 1024 * 1024
export const MAX_MESSAGES = 10_000
/** Rows a statement; 50 to 100 give the full throughput already, 500 keep the transaction short. */
const CHUNK = 500
const OTHER_TENANT = 'tenant_id is not that of the batch: a batch belongs to one tenant.'
/** How long the event loop is held at once, in ms. */
const SLICE_MS = 15

export const BatchSettingsSchema = z.strictObject({
  stop_when_failed_share: z
    .number()
    .gt(0)
    .max(1)
    .nullish()
    .describe('Stops when more than this share of the messages failed; 0.1 = a tenth'),
  rate_per_second: z
    .number()
    .gt(0)
    .max(1000)
    .nullish()
    .describe("At most; the number's own limit stays"),
})
export type BatchSettings = z.infer<typeof BatchSettingsSchema>

export interface BulkResult {
  batch_id: string
  accepted: number
  rejected: Rejection[]
}

export interface BulkAsk extends Ask {
  raw: Buffer
  format: 'json' | 'lines'
  /** Of the address: settings of JSON lines, which have no other place for them. */
  query: BatchSettings
}

/**
 * Takes up to 10,000 messages at once: each judged like one that comes alone, the bad ones reported, the
 * good ones written in one transaction with the batch and its key. The event loop is never held for long.
 *
 * @throws AppError where the request as a whole cannot be read
 */
export function createBatchReceiver(
  options: DirectOptions,
): (ask: BulkAsk) => Promise<BulkResult & { replayed: boolean }> {
  const running = new Set<string>()
  return async (ask) => {
    const tenantId = ask.onlyTenant ?? options.defaultTenantId
    if (ask.key === null) return { ...(await receive(ask, tenantId, options)), replayed: false }
    const name = `${tenantId} ${ask.key}`
    if (running.has(name)) throw toError(inProgress())
    running.add(name)
    try {
      return await receiveKeyed(ask, ask.key, tenantId, options)
    } finally {
      running.delete(name)
    }
  }
}

async function receiveKeyed(
  ask: BulkAsk,
  key: string,
  tenantId: string,
  options: DirectOptions,
): Promise<BulkResult & { replayed: boolean }> {
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(['bulk', ask.format, ask.query]))
    .update(ask.raw)
    .digest('hex')
  const known = await findFirst(options.database, { tenantId, key, fingerprint })
  if (known !== undefined) return { ...known, replayed: true }
  const made = await receive(ask, tenantId, options, { key, fingerprint })
  return { ...made, replayed: false }
}

/** What the first request of a key made; undefined where there was none. */
async function findFirst(
  db: Queryable,
  { tenantId, key, fingerprint }: { tenantId: string; key: string; fingerprint: string },
): Promise<BulkResult | undefined> {
  const known = (await findKeys(db, [{ tenant_id: tenantId, key }])).get(0)
  if (known === undefined) return undefined
  if (known.fingerprint !== fingerprint || known.batch_id === null) throw toError(mismatch())
  const rows = await db.query<{ total: number }>(
    'select total from whatsapp_batches where id = $1',
    [known.batch_id],
  )
  return {
    batch_id: known.batch_id,
    accepted: rows[0]?.total ?? 0,
    rejected: await findRejections(db, known.batch_id),
  }
}

async function receive(
  ask: BulkAsk,
  tenantId: string,
  options: DirectOptions,
  key: { key: string; fingerprint: string } | null = null,
): Promise<BulkResult> {
  const { parts, settings } = await openBody(ask)
  const batchId = options.createId()
  const { drafts, rejections, ...read } = await judgeAll(parts, { ...ask, batchId }, options)
  const rejected = rejections.sort((a, b) => a.index - b.index)
  await options.database.transaction(async (tx) => {
    if (key !== null) await takeKey(tx, { ...key, tenantId, batchId })
    await insertBatch(tx, {
      id: batchId,
      tenant_id: read.tenantId ?? tenantId,
      total: drafts.length,
      rejections: rejected,
      rate_per_second: settings.rate_per_second ?? null,
      stop_when_failed_share: settings.stop_when_failed_share ?? null,
    })
    for (let from = 0; from < drafts.length; from += CHUNK) {
      const chunk = drafts.slice(from, from + CHUNK).map((draft) => ({ draft, key: null }))
      await insertDirect(tx, chunk, options.expiryHours)
      await setImmediate()
    }
    await insertChangeNote(
      tx,
      drafts.map(({ id }) => id),
    )
  })
  options.onBatch()
  return { batch_id: batchId, accepted: drafts.length, rejected }
}

/** @throws AppError where another process is at work with the key, or was */
async function takeKey(
  tx: Queryable,
  key: { key: string; fingerprint: string; tenantId: string; batchId: string },
): Promise<void> {
  const free = await tx.query<{ free: boolean }>(
    `select pg_try_advisory_xact_lock(${KEY_LOCK('$1::uuid', '$2::text')}) as free`,
    [key.tenantId, key.key],
  )
  if (free[0]?.free !== true) throw toError(inProgress())
  const made = await tx.query(
    `insert into idempotency_keys (tenant_id, key, fingerprint, batch_id)
     values ($1, $2, decode($3, 'hex'), $4) on conflict (tenant_id, key) do nothing returning 1`,
    [key.tenantId, key.key, key.fingerprint, key.batchId],
  )
  // Done between our look and our lock: the next look finds it.
  if (made.length === 0) throw toError(inProgress())
}

async function openBody(ask: BulkAsk): Promise<{ parts: Buffer[]; settings: BatchSettings }> {
  if (ask.format === 'lines') return { parts: counted(splitLines(ask.raw)), settings: ask.query }
  const split = await splitDocument(ask.raw, 'messages')
  const rest = split?.rest ?? ask.raw
  if (rest.length > MAX_REQUEST_BYTES) {
    throw new AppError('too_large', 'There is more beside "messages" than any batch needs.')
  }
  const parsed = parseJson(rest)
  if (!parsed.ok) throw new AppError('invalid_json', `${parsed.detail}.`)
  const schema = BatchSettingsSchema.extend({ messages: z.array(z.unknown()) })
  const document = schema.safeParse(parsed.value)
  if (!document.success) {
    const errors = schemaFaults(document.error, parsed.value)
    throw new AppError('validation_failed', `${nameFields('The batch', errors)}.`, { errors })
  }
  const { messages: _messages, ...settings } = document.data
  return { parts: counted(split?.elements ?? []), settings: { ...ask.query, ...settings } }
}

function counted(parts: Buffer[]): Buffer[] {
  if (parts.length > 0 && parts.length <= MAX_MESSAGES) return parts
  const detail = `has ${String(parts.length)} entries`
  const remedy = `Send 1 to ${String(MAX_MESSAGES)} at once.`
  throw new AppError('validation_failed', `messages ${detail}. ${remedy}`, {
    errors: [{ field: 'messages', code: 'out_of_range', detail, remedy }],
  })
}

async function judgeAll(
  parts: readonly Buffer[],
  ask: BulkAsk & { batchId: string },
  options: DirectOptions,
): Promise<{ drafts: DirectDraft[]; rejections: Rejection[]; tenantId: string | undefined }> {
  const drafts: DirectDraft[] = []
  const rejections: Rejection[] = []
  let tenantId: string | undefined
  const pause = createPauses()
  for (let from = 0; from < parts.length; from += CHUNK) {
    const requests: { index: number; request: MessageRequest }[] = []
    for (const [place, part] of parts.slice(from, from + CHUNK).entries()) {
      await pause()
      const index = from + place
      const read = readPart(part, ask, options)
      if (!read.ok) {
        rejections.push({ index, code: read.code, detail: read.detail })
        continue
      }
      tenantId ??= read.request.tenantId
      if (read.request.tenantId === tenantId) requests.push({ index, request: read.request })
      else rejections.push({ index, code: 'forbidden', detail: OTHER_TENANT })
    }
    const facts = await gatherFacts(
      options.database,
      requests.map(({ request }) => request),
      options,
    )
    for (const [place, { index, request }] of requests.entries()) {
      await pause()
      const fact = facts[place] ?? NO_FACTS
      const judgement = judgeRequest(request, fact, options.defaultLanguage)
      if (judgement.ok) {
        drafts.push(draftDirect(options.createId(), request, judgement, options, ask.batchId))
      } else {
        rejections.push({ index, code: judgement.code, detail: wordsOf(judgement) })
      }
    }
  }
  return { drafts, rejections, tenantId }
}

type ReadPart = { ok: true; request: MessageRequest } | { ok: false; code: string; detail: string }

function readPart(part: Buffer, ask: BulkAsk, options: DirectOptions): ReadPart {
  if (part.length > MAX_REQUEST_BYTES) {
    const detail = `The message has more than ${String(MAX_REQUEST_BYTES)} bytes.`
    return { ok: false, code: 'too_large', detail }
  }
  const parsed = parseJson(part)
  if (!parsed.ok) {
    // A document with such a place is none; lines stand for themselves.
    if (ask.format === 'json') throw new AppError('invalid_json', 'The body is not JSON.')
    return { ok: false, code: 'invalid_json', detail: 'The line is not JSON.' }
  }
  const read = readMessageRequest(parsed.value, { ...options, onlyTenant: ask.onlyTenant })
  return read.ok ? read : { ok: false, code: read.code, detail: wordsOf(read) }
}

function wordsOf({
  detail,
  errors,
}: {
  detail: string
  errors: readonly { field: string; detail: string }[]
}): string {
  if (errors.length < 2) return detail
  return errors
    .slice(0, 8)
    .map((error) => `${error.field} ${error.detail}`)
    .join('; ')
}

/** Gives the event loop a turn whenever it was held long enough. */
function createPauses(): () => Promise<void> | undefined {
  let since = performance.now()
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined
    return setImmediate().then(() => {
      since = performance.now()
    })
  }
}
