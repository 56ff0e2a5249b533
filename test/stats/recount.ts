import type { Database } from '../../src/db/database.ts'
import { formatMoney } from '../../src/pricing/money.ts'
import { priceKeyOf, priceOf } from '../../src/pricing/price.ts'
import type { RateCard } from '../../src/pricing/rate-card.ts'
import type { Grouping } from '../../src/stats/stats-store.ts'

export interface Recounted {
  total: number
  counts: Record<string, number>
  deliveryRate: number | null
  readRate: number | null
  failures: [string, number][]
  billable: number
  cost: { currency: string; amount: string }[]
  /** Seconds, sorted. */
  toDeliver: number[]
  toRead: number[]
}

interface Row {
  tenant_id: string
  created_at: Date
  template_name: string | null
  supplier_id: string | null
  status: string
  accepted_at: Date | null
  delivered_at: Date | null
  read_at: Date | null
  error_code: string | null
  pricing: unknown
  recipient_phone: string | null
  recipient_user_id: string | null
}

/** The slow truth: every message read, and counted one by one. */
export async function recount(
  database: Database,
  question: { from: number; to: number; groupBy: Grouping; tenantId: string | null },
  card: RateCard,
): Promise<Map<string, Recounted>> {
  const rows = await database.query<Row>('select * from whatsapp_messages')
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const at = row.created_at.getTime()
    if (at < question.from || at >= question.to) continue
    if (question.tenantId !== null && row.tenant_id !== question.tenantId) continue
    const key = keyOf(row, question.groupBy)
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return new Map([...groups].map(([key, list]) => [key, summary(list, card)]))
}

function keyOf(row: Row, groupBy: Grouping): string {
  const seconds = Math.floor(row.created_at.getTime() / 1000)
  switch (groupBy) {
    case 'none':
      return ''
    case 'hour':
      return String(seconds - (seconds % 3600))
    case 'day':
      return String(seconds - (seconds % 86_400))
    case 'template':
      return row.template_name ?? ''
    case 'supplier':
      return row.supplier_id ?? ''
    case 'tenant':
      return row.tenant_id
  }
}

function summary(rows: readonly Row[], card: RateCard): Recounted {
  const counts: Record<string, number> = { PENDING: 0, SENT: 0, DELIVERED: 0, READ: 0, FAILED: 0 }
  const failures = new Map<string, number>()
  const money = new Map<string, bigint>()
  const toDeliver: number[] = []
  const toRead: number[] = []
  let [failedLater, billable] = [0, 0]
  for (const row of rows) {
    counts[row.status] = (counts[row.status] ?? 0) + 1
    if (row.status === 'FAILED') {
      const code = row.error_code ?? ''
      failures.set(code, (failures.get(code) ?? 0) + 1)
      if (row.accepted_at !== null) failedLater += 1
    }
    const arrived = row.status === 'DELIVERED' || row.status === 'READ'
    if (arrived && row.accepted_at !== null) {
      if (row.delivered_at !== null) toDeliver.push(seconds(row.accepted_at, row.delivered_at))
      if (row.read_at !== null) toRead.push(seconds(row.accepted_at, row.read_at))
    }
    const key = priceKeyOf(row)
    const price = key === null ? undefined : priceOf(key, card)
    if (price?.kind === 'charged' || price?.kind === 'unpriced') billable += 1
    if (price?.kind === 'charged') {
      money.set(price.currency, (money.get(price.currency) ?? 0n) + price.units)
    }
  }
  const { SENT = 0, DELIVERED = 0, READ = 0 } = counts
  const accepted = SENT + DELIVERED + READ + failedLater
  return {
    total: rows.length,
    counts,
    deliveryRate: accepted === 0 ? null : (DELIVERED + READ) / accepted,
    readRate: DELIVERED + READ === 0 ? null : READ / (DELIVERED + READ),
    failures: [...failures].sort(([a], [b]) => (a < b ? -1 : 1)),
    billable,
    cost: [...money].map(([currency, units]) => ({ currency, amount: formatMoney(units) })),
    toDeliver: toDeliver.sort((a, b) => a - b),
    toRead: toRead.sort((a, b) => a - b),
  }
}

function seconds(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000
}

/** percentile_cont */
export function percentile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null
  const place = (sorted.length - 1) * share
  const [below = 0, above = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return below + (above - below) * (place - Math.floor(place))
}
