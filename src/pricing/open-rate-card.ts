import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '../lib/errors.ts'
import { fieldPath } from '../lib/strict-json.ts'
import { builtInCard, createRateCard } from './rate-card.ts'
import type { RateCard } from './rate-card.ts'

/**
 * The operator's own rate card, or the one that comes with Aviso.
 *
 * @param file null: none of their own
 * @throws AppError `configuration` where it cannot be read, or is no rate card; every fault is named
 */
export async function openRateCard(file: string | null): Promise<RateCard> {
  if (file === null) return builtInCard()
  const fail = (problem: string, cause: unknown): AppError =>
    new AppError('configuration', `AVISO_RATE_CARD: ${file} ${problem}; see docs/pricing.md.`, {
      cause,
    })
  let data: unknown
  try {
    data = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw fail(error instanceof SyntaxError ? 'is no JSON' : 'cannot be read', error)
  }
  try {
    return createRateCard(data)
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    const faults = error.issues.map(({ path, message }) => `${fieldPath(path)}: ${message}`)
    throw fail(`is no rate card (${faults.join('; ')})`, error)
  }
}
