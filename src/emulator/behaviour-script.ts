import { createBehaviour } from './behaviour.ts'
import type { Behaviour } from './behaviour.ts'
import { findMagicBehaviour } from './magic-numbers.ts'

/** Who decides how a send goes: a rule for its recipient, one for the next sends, its number. */
export interface BehaviourScript {
  /** @param recipient digits, or a business-scoped user id */
  next(recipient: string): Behaviour
  add(rule: ScriptRule): void
  rules(): ScriptRule[]
  clear(): void
}

export interface ScriptRule {
  behaviour: Behaviour
  /** Digits of the recipient; null: any. */
  to: string | null
  /** How many sends it holds for; null: until it is cleared. */
  times: number | null
}

const NORMAL = createBehaviour('normal')

export function createBehaviourScript(): BehaviourScript {
  let rules: ScriptRule[] = []
  /** Sends per recipient, only for behaviours that change from one send to the next. */
  const tries = new Map<string, number>()

  const take = (recipient: string): Behaviour | undefined => {
    if (rules.length === 0) return undefined
    const rule = rules.find((one) => one.to === recipient) ?? rules.find((one) => one.to === null)
    if (rule === undefined) return undefined
    if (rule.times !== null) {
      rule.times -= 1
      if (rule.times === 0) rules = rules.filter((one) => one !== rule)
    }
    return rule.behaviour
  }

  return {
    next(recipient) {
      const behaviour = take(recipient) ?? findMagicBehaviour(recipient) ?? NORMAL
      if (!behaviour.everyOther) return behaviour
      const tried = tries.get(recipient) ?? 0
      tries.set(recipient, tried + 1)
      return tried % 2 === 0 ? behaviour : NORMAL
    },
    add(rule) {
      rules.push(rule)
    },
    rules: () => [...rules],
    clear() {
      rules = []
      tries.clear()
    },
  }
}
