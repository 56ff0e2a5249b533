/** What it costs that Meta counts a template as another category, in the money of the rate card. */

import type { Database } from '../db/database.ts'
import { compareCategories } from '../pricing/compare-categories.ts'
import type { CategoryComparison } from '../pricing/compare-categories.ts'
import type { RateCard } from '../pricing/rate-card.ts'
import { countMessages } from '../stats/stats-store.ts'
import { countDials } from '../stats/summarise.ts'

export interface CategoryChange {
  template_name: string
  /** Whose messages are counted; null: those of every tenant. */
  tenantId: string | null
  /** Meta's words: UTILITY, MARKETING. */
  was: string
  becomes: string
  at: Date
}

export interface CategoryCost extends CategoryComparison {
  /** Days before the change whose messages were counted. */
  days: number
}

export interface CategoryCostOptions {
  database: Database
  card: RateCard
  /** ISO 3166: whose prices are told where nothing was sent yet; null: none. */
  defaultCountry: string | null
}

const DAYS = 30
const DAY_MS = 86_400_000
/** More templates than an account may have. */
const ALL_TEMPLATES = 10_000

/**
 * Puts the messages of the last 30 days before a change, in all languages of the template, to both prices.
 *
 * @returns null where the card does not know the prices
 */
export async function readCategoryCost(
  { template_name, tenantId, was, becomes, at }: CategoryChange,
  { database, card, defaultCountry }: CategoryCostOptions,
): Promise<CategoryCost | null> {
  const { groups } = await countMessages(database, {
    range: { from: at.getTime() - DAYS * DAY_MS, to: at.getTime() },
    groupBy: 'template',
    tenantId,
    limit: ALL_TEMPLATES,
  })
  const metrics = groups.find(({ key }) => key === template_name)?.metrics
  const counted = metrics === undefined ? new Map<string, number>() : countDials(metrics)
  const dials =
    counted.size === 0 && defaultCountry !== null ? new Map([[defaultCountry, 0]]) : counted
  const compared = compareCategories(card, at.toISOString().slice(0, 7), { was, becomes }, dials)
  return compared === null ? null : { ...compared, days: DAYS }
}

/**
 * What a change of category costs from now on, in a sentence.
 *
 * @returns null where it is none, or its prices are not known
 */
export async function describeCategoryCost(
  change: {
    template_name: string
    category: { from: string | null; to: string }
    correct_category: string | null
  },
  options: CategoryCostOptions,
): Promise<string | null> {
  const { category, correct_category: announced } = change
  // An announcement leaves the category as it is until the day after.
  const isAnnounced = announced !== null && announced !== category.to
  const becomes = isAnnounced ? announced : category.to
  const was = isAnnounced ? category.to : category.from
  if (was === null || was === becomes) return null
  const { template_name } = change
  const asked = { template_name, tenantId: null, was, becomes, at: new Date() }
  const cost = await readCategoryCost(asked, options)
  return cost === null ? null : costWords(cost, asked)
}

/** One sentence. */
export function costWords(cost: CategoryCost, { was, becomes }: CategoryChange): string {
  const { currency, messages, markets, days } = cost
  const [main] = markets
  const each =
    main === undefined
      ? ''
      : `In the market ${main.market} a message costs ${main.becomes} instead of ${main.was} ${currency}`
  if (messages === 0) return `${each}.`
  const sent = messages === 1 ? 'the one message' : `the ${String(messages)} messages`
  const names = `as ${becomes.toLowerCase()} instead of ${was.toLowerCase()}`
  return (
    `${each}; ${names}, ${sent} delivered with it in the ${String(days)} days ` +
    `before would have cost ${cost.becomes} instead of ${cost.was} ${currency}, ${cost.more} more.`
  )
}
