/** What Meta says of who may send (reference, section 9). Pure. */

import { nodeOf, textOf } from './graph-node.ts'
import type { GraphNode } from './graph-node.ts'

export interface HealthWords {
  /** Null: nobody is kept from sending. */
  blocked: string | null
  /** Null: nobody may send less than usual. */
  limited: string | null
}

/** @param types of the entities that are looked at: `PHONE_NUMBER`, `WABA`, `BUSINESS`, `APP` */
export function judgeHealth(health: unknown, types: readonly string[]): HealthWords {
  const entities = listOf(nodeOf(health)['entities'])
    .map(nodeOf)
    .filter((entity) => types.includes(textOf(entity['entity_type']) ?? ''))
  const wordsOf = (verdict: string, what: string): string | null => {
    const found = entities.filter((entity) => entity['can_send_message'] === verdict)
    return found.length === 0 ? null : found.map((entity) => describe(entity, what)).join('; ')
  }
  return {
    blocked: wordsOf('BLOCKED', 'may not send'),
    limited: wordsOf('LIMITED', 'may send within limits only'),
  }
}

/** `WABA may not send: the reason (Meta advises: the solution)` */
function describe(entity: GraphNode, what: string): string {
  const errors = listOf(entity['errors']).map(nodeOf).map(describeError)
  const said = [...errors, ...listOf(entity['additional_info']).map(textOf)].filter(
    (words) => words !== null,
  )
  const who = `${textOf(entity['entity_type']) ?? ''} ${what}`
  return said.length === 0 ? who : `${who}: ${said.join('; ')}`
}

function describeError(error: GraphNode): string | null {
  const solution = textOf(error['possible_solution'])
  const advice = solution === null ? null : `Meta advises: ${solution}`
  const reason = textOf(error['error_description'])
  return reason === null || advice === null ? (reason ?? advice) : `${reason} (${advice})`
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
