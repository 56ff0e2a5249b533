/**
 * The rows that orders of the past leave behind, in every table the way of an order writes to. Each row is
 * made from the order's number alone, so that tables are filled independently of each other.
 */

import { PHONE_NUMBER_ID, TENANT } from '../load/orders.ts'

export interface HistorySpan {
  orders: number
  /** Of the first order and behind the last, in ms since 1970; the orders are spread evenly. */
  from: number
  to: number
  /** Each order is another supplier's than the one before, so that all have equally many. */
  suppliers: number
}

export interface TableRows {
  /** Name and columns, for COPY. */
  table: string
  /** The first order that has rows here. */
  first: (span: HistorySpan) => number
  /** Lines in COPY's text format. */
  lines: (order: number, at: number, span: HistorySpan) => string
}

const DAY_MS = 24 * 60 * 60 * 1000
/** Raw webhooks are kept so long. */
const BODY_DAYS = 30
const REPORTS = [
  { status: 'sent', afterMs: 400, rank: 0 },
  { status: 'delivered', afterMs: 1500, rank: 1 },
  { status: 'read', afterMs: 600_000, rank: 2 },
]
/** Each hundredth was delivered and never read. */
const UNREAD_EACH = 100

const all = () => 0

export const TABLES: readonly TableRows[] = [
  {
    table: `whatsapp_messages (id, tenant_id, state, status, template_name, template_language, template_parameters,
      recipient_phone, recipient_input, wa_id, whatsapp_message_id, event_id, po_id, po_number, revision,
      supplier_id, supplier_name, phone_number_id, fence, attempts, expires_at, accepted_at, sent_at,
      delivered_at, read_at, sent_received_at, delivered_received_at, read_received_at, pricing, provider_response, metadata, created_at, updated_at)`,
    first: all,
    lines: messageLine,
  },
  {
    table: `whatsapp_attempts (message_id, attempt, tenant_id, phone_number_id, lease_owner, started_at,
      ended_at, outcome, evidence, http_status, wamid)`,
    first: all,
    lines: (order, at) =>
      `${messageId(order, at)}\t1\t${TENANT}\t${PHONE_NUMBER_ID}\thost 4711 0a1b2c3d\t${time(at + 5)}\t${time(at + 90)}\taccepted\tresponse\t200\t${wamid(order)}\n`,
  },
  {
    table: 'received_events (tenant_id, event_id, fingerprint, message_id, received_at)',
    first: all,
    lines: (order, at) =>
      `${TENANT}\t${uuid(order, 1)}\t\\\\x${hex(order, 2, 64)}\t${messageId(order, at)}\t${time(at)}\n`,
  },
  {
    table: 'approved_revisions (tenant_id, po_id, revision, fingerprint, message_id)',
    first: all,
    lines: (order, at) =>
      `${TENANT}\t${uuid(order, 3)}\t1\t\\\\x${hex(order, 2, 64)}\t${messageId(order, at)}\n`,
  },
  {
    table: 'whatsapp_wamids (wamid, message_id, attempt)',
    first: all,
    lines: (order, at) => `${wamid(order)}\t${messageId(order, at)}\t1\n`,
  },
  {
    table: 'webhook_bodies (id, received_at, body)',
    first: ({ orders, from, to }) =>
      Math.max(0, Math.floor(orders * (1 - (BODY_DAYS * DAY_MS) / (to - from)))),
    lines: (order, at, { suppliers }) =>
      reportsOf(order)
        .map(({ status, afterMs, rank }) => {
          const received = at + afterMs + 600
          const body = Buffer.from(
            bodyOf(order, at, status, afterMs, phone(order % suppliers)),
          ).toString('hex')
          return `${uuidV7(received, order * 3 + rank, 5)}\t${time(received)}\t\\\\x${body}\n`
        })
        .join(''),
  },
]

/** Of orders from one to another, in pieces that are worth a write. */
export function* chunksOf(rows: TableRows, span: HistorySpan): Generator<Buffer> {
  const PIECE = 128 * 1024
  let text = ''
  for (let order = rows.first(span); order < span.orders; order += 1) {
    text += rows.lines(order, span.from + ((span.to - span.from) * order) / span.orders, span)
    if (text.length < PIECE) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(text)
}

const PRICING =
  '{"type": "regular", "billable": true, "category": "utility", "pricing_model": "PMP"}'

function reportsOf(order: number): typeof REPORTS {
  return order % UNREAD_EACH === 0 ? REPORTS.slice(0, 2) : REPORTS
}

function messageLine(order: number, at: number, { suppliers }: HistorySpan): string {
  const supplier = order % suppliers
  const waId = phone(supplier)
  const number = `PO-2025-${String(order).padStart(8, '0')}`
  const recipient = `+${waId}`
  const name = `Suministros ${supplier} S.L.`
  const amount = `${1000 + (order % 9000)}.50`
  const isRead = order % UNREAD_EACH !== 0
  const fields = [
    messageId(order, at),
    TENANT,
    isRead ? 'read' : 'delivered',
    isRead ? 'READ' : 'DELIVERED',
    'po_notification',
    'es',
    `["${name}", "${number}", "${amount} €"]`,
    recipient,
    recipient,
    waId,
    wamid(order),
    uuid(order, 1),
    uuid(order, 3),
    number,
    '1',
    uuid(supplier, 4),
    name,
    PHONE_NUMBER_ID,
    '1',
    '1',
    time(at + 3 * DAY_MS),
    time(at + 90),
    seconds(at + 400),
    seconds(at + 1500),
    isRead ? seconds(at + 600_000) : '\\N',
    time(at + 1000),
    time(at + 2100),
    isRead ? time(at + 600_600) : '\\N',
    PRICING,
    `{"contacts": [{"input": "${recipient}", "wa_id": "${waId}"}], "messages": [{"id": "${wamid(order)}", "message_status": "accepted"}], "messaging_product": "whatsapp"}`,
    `{"items": [{"name": "Harina T55 25 kg", "unit": "sack", "quantity": 40, "unit_price": "21.90"}], "po_id": "${uuid(order, 3)}", "currency": "EUR", "language": "es", "revision": 1, "po_number": "${number}", "supplier_id": "${uuid(supplier, 4)}", "document_url": "https://erp.example/po/${order}.pdf", "total_amount": "${amount}", "supplier_name": "${name}", "supplier_email": "pedidos@harinas.example", "supplier_phone": "${recipient}", "notification_id": null, "supplier_country": "ES", "required_delivery_date": "2026-11-25"}`,
    time(at),
    time(at + 600_600),
  ]
  return `${fields.join('\t')}\n`
}

function bodyOf(order: number, at: number, status: string, afterMs: number, waId: string): string {
  return (
    '{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp",' +
    `"metadata":{"display_phone_number":"15550783881","phone_number_id":"${PHONE_NUMBER_ID}"},"contacts":[{"profile":{"name":"Talleres Vega"},"wa_id":"${waId}"}],` +
    `"statuses":[{"id":"${wamid(order)}","status":"${status}","timestamp":"${Math.floor((at + afterMs) / 1000)}","recipient_id":"${waId}",` +
    `"biz_opaque_callback_data":"1.${messageId(order, at)}.1","pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"utility"}}]},"field":"messages"}]}]}`
  )
}

/** Landlines, so that none is a recipient of the benchmark's own orders. */
function phone(supplier: number): string {
  return `34910${String(supplier).padStart(6, '0')}`
}

function time(at: number): string {
  return new Date(at).toISOString()
}

function seconds(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString()
}

function messageId(order: number, at: number): string {
  return uuidV7(at, order, 0)
}

function uuidV7(at: number, order: number, salt: number): string {
  const ms = Math.floor(at).toString(16).padStart(12, '0')
  const random = hex(order, salt, 15)
  const counter = (order & 0xfff).toString(16).padStart(3, '0')
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${counter}-8${random.slice(0, 3)}-${random.slice(3)}`
}

function uuid(order: number, salt: number): string {
  const random = hex(order, salt, 30)
  return `${random.slice(0, 8)}-${random.slice(8, 12)}-4${random.slice(12, 15)}-8${random.slice(15, 18)}-${random.slice(18)}`
}

/** As long and as scattered as Meta's. */
function wamid(order: number): string {
  return `wamid.HBgLMzQ5${hex(order, 6, 40)}AA`
}

/** Digits that look random and are the same for the same order and salt. */
function hex(order: number, salt: number, digits: number): string {
  let text = ''
  let state = (Math.imul(order + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)) >>> 0
  while (text.length < digits) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    // The order itself is part of the first digits: no two orders have the same.
    const word = text.length === 8 ? (state ^ order) >>> 0 : state >>> 0
    text += word.toString(16).padStart(8, '0')
  }
  return text.slice(0, digits)
}
