import type { Template } from './template.ts'

/** How Meta decides on a template that was submitted. */
export interface Review {
  status: string
  /** `rejected_reason` of a rejection, e.g. `INVALID_FORMAT`. */
  reason: string | undefined
  /** Meta finds that the template belongs there, and says so in the answer already. */
  category: string | undefined
  /** In ms; undefined: as the emulator was started with. */
  delayMs: number | undefined
}

export interface ReviewRule extends Review {
  /** Null: any template. */
  name: string | null
  language: string | null
  /** How many reviews it holds for; null: until it is cleared. */
  times: number | null
}

/** Who decides how the next reviews end; without a rule they approve. */
export interface ReviewScript {
  next(template: Pick<Template, 'name' | 'language'>): Review
  add(rule: ReviewRule): void
  clear(): void
}

const APPROVAL: Review = {
  status: 'APPROVED',
  reason: undefined,
  category: undefined,
  delayMs: undefined,
}

export function createReviewScript(): ReviewScript {
  let rules: ReviewRule[] = []
  return {
    next({ name, language }) {
      const rule = rules.find(
        (one) =>
          (one.name === null || one.name === name) &&
          (one.language === null || one.language === language),
      )
      if (rule === undefined) return APPROVAL
      if (rule.times !== null) {
        rule.times -= 1
        if (rule.times === 0) rules = rules.filter((one) => one !== rule)
      }
      return rule
    },
    add(rule) {
      rules.push(rule)
    },
    clear() {
      rules = []
    },
  }
}
