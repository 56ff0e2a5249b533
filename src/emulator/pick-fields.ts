import type { JsonObject } from './json.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/**
 * The fields of a node that were asked for, `id` always among them; without `fields` the defaults
 * (reference, section 9: others are not returned unless asked for).
 *
 * @param fields the `fields` parameter; sub-selections in braces or parentheses are taken off
 */
export function pickFields(
  node: JsonObject,
  fields: string | null,
  defaults: readonly string[],
  nodeType: string,
): { node: JsonObject } | { refusal: Refusal } {
  const names = fields === null || fields === '' ? defaults : splitFields(fields)
  const picked: JsonObject = {}
  for (const name of names) {
    if (!Object.hasOwn(node, name)) {
      const message = `(#100) Tried accessing nonexisting field (${name}) on node type (${nodeType})`
      return { refusal: refuse(100, undefined, { message }) }
    }
    if (node[name] !== undefined) picked[name] = node[name]
  }
  picked['id'] = node['id']
  return { node: picked }
}

function splitFields(fields: string): string[] {
  let text = fields
  for (;;) {
    const outer = text.replace(/\.\w+\([^()]*\)|\([^()]*\)|\{[^{}]*\}/g, '')
    if (outer === text) break
    text = outer
  }
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
