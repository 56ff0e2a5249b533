import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { AppError } from '../lib/errors.ts'
import { fieldPath } from '../lib/strict-json.ts'
import { builtInCard, createRateCard } from './rate-card.ts'
import type { RateCard } from './rate-card.ts'

/** A card may have a fault in every price; a person reads the first ones. */
const SHOWN = 5

/**
 * The operator's own rate card, or the one that comes with Aviso.
 *
 * @param file null: none of their own
 * @throws AppError `configuration` where it cannot be read, or is no rate card; the first faults are named
 */
export function openRateCard(file: string | null): RateCard {
  if (file === null) return builtInCard()
  const fail = (problem: string, cause: unknown): AppError =>
    new AppError(
      'configuration',
      `AVISO_RATE_CARD: ${file} ${problem}. Write it as docs/pricing.md shows.`,
      {
        cause,
      },
    )
  let data: unknown
  try {
    data = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw fail(error instanceof SyntaxError ? 'is no JSON' : 'cannot be read', error)
  }
  try {
    return createRateCard(data)
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    const { issues } = error
    const faults = issues
      .slice(0, SHOWN)
      .map(({ path, message }) => `${fieldPath(path)}: ${message}`)
    const more = issues.length > SHOWN ? `; and ${String(issues.length - SHOWN)} more` : ''
    throw fail(`is no rate card (${faults.join('; ')}${more})`, error)
  }
}
