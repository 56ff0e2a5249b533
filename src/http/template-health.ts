import { TEMPLATE_REASONS } from '../message/template-hold-store.ts'
import type { RegisteredTemplate } from '../template/registered-template.ts'
import { costWords, readCategoryCost } from './category-cost.ts'
import type { CategoryCostOptions } from './category-cost.ts'
import type { HealthPart } from './contract.ts'

type Dear = Pick<RegisteredTemplate, 'template_name' | 'language' | 'category'>

/** Costs are read anew after so long: health is asked every few seconds. */
const FRESH_MS = 60_000

/**
 * Tells, by template, what it costs that Meta counts it as marketing; of a tenant's messages, or of everybody's.
 *
 * @returns the sentences of templates whose prices are known
 */
export function createDearCosts(
  options: CategoryCostOptions & { now: () => number },
): (dear: readonly Dear[], tenantId: string | null) => Promise<string[]> {
  const known = new Map<string, { words: string | null; at: number }>()
  const wordsOf = async (name: string, tenantId: string | null): Promise<string | null> => {
    const key = `${tenantId ?? ''} ${name}`
    const fresh = known.get(key)
    const now = options.now()
    if (fresh !== undefined && now - fresh.at < FRESH_MS) return fresh.words
    const change = {
      template_name: name,
      tenantId,
      was: 'UTILITY',
      becomes: 'MARKETING',
      at: new Date(now),
    }
    // A price that cannot be told just now is no reason to tell nothing.
    const cost = await readCategoryCost(change, options).catch(() => null)
    const words = cost === null ? null : `${name}: ${costWords(cost, change)}`
    known.set(key, { words, at: now })
    return words
  }
  return async (dear, tenantId) => {
    const names = [...new Set(dear.map(({ template_name }) => template_name))]
    const words: string[] = []
    for (const name of names) {
      const one = await wordsOf(name, tenantId)
      if (one !== null) words.push(one)
    }
    return words
  }
}

/**
 * Orders that go out as marketing cost more, and do not reach everybody (reference, section 3.5).
 *
 * @param costs what {@link createDearCosts} says of them
 */
export function withDearTemplates(
  part: HealthPart,
  dear: readonly Dear[],
  costs: readonly string[],
): HealthPart {
  if (dear.length === 0) return part
  const names = (isNow: boolean): string =>
    dear
      .filter(({ category }) => (category === 'MARKETING') === isNow)
      .map(({ template_name, language }) => `${template_name}/${language}`)
      .join(', ')
  const [now, soon] = [names(true), names(false)]
  const words = [
    ...(now === '' ? [] : [`orders go out as marketing with ${now}`]),
    ...(soon === '' ? [] : [`Meta will count as marketing: ${soon}`]),
  ]
  const found: HealthPart = {
    status: 'degraded',
    detail: [
      `${words.join('; ')}. Each message costs the rate of marketing instead of that of utility, and numbers in the United States get none`,
      ...costs,
    ].join('. '),
    remedy:
      'Submit a plainer wording under a new name (aviso templates lint says what reads like an advertisement), or appeal in WhatsApp Manager. Where it is meant to be so, leave it.',
  }
  if (part.status === 'ok') return found
  // What keeps messages waiting is no reason not to tell what the others cost.
  return {
    ...part,
    detail: `${part.detail}; ${found.detail}`,
    remedy: [part.remedy, found.remedy].filter((remedy) => remedy !== null).join(' '),
  }
}

/** Messages whose template Meta's list forbids are held before Meta is asked, so no gate tells of them. */
export function withWaitingTemplates(
  part: HealthPart,
  held: Readonly<Record<string, number>>,
): HealthPart {
  const waiting = TEMPLATE_REASONS.filter((reason) => (held[reason] ?? 0) > 0)
  if (part.status !== 'ok' || waiting.length === 0) return part
  const counts = waiting.map((reason) => `${reason} (${String(held[reason])})`)
  return {
    status: 'degraded',
    detail: `messages wait for their template: ${counts.join(', ')}`,
    remedy:
      'npx aviso templates list shows what Meta says of each. Have it approved, or make another one active; the messages go out by themselves then.',
  }
}
