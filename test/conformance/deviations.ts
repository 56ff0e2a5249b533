import { at } from './json-pointer.ts'
import type { Json } from './json-pointer.ts'

/**
 * Where Meta's document is older than its pages, or wrong in itself. Each names the section of the
 * reference that says so, and changes the document in that one point.
 */
interface Deviation {
  section: string
  why: string
  /** Of the schema that is changed. */
  pointer: string
  /** @returns false where there was nothing to change */
  apply: (schema: Json) => boolean
}

const SCHEMAS = '/components/schemas'

const DEVIATIONS: readonly Deviation[] = [
  {
    section: '2.2',
    why: 'language.policy is legacy and optional',
    pointer: `${SCHEMAS}/LanguageObject`,
    apply: (schema) => unrequire(schema, 'policy'),
  },
  {
    section: '2.2',
    why: "index counts from 0; the document's pattern is a broken character class without 0 and 1",
    pointer: `${SCHEMAS}/TemplateComponent/properties/index`,
    apply: (schema) => replace(schema, 'pattern', '^[0-9]$'),
  },
  {
    section: '2.2',
    why: 'copy_code and others are newer than the list of button types',
    pointer: `${SCHEMAS}/TemplateComponent/properties/sub_type`,
    apply: (schema) => extend(schema, ['copy_code', 'flow', 'mpm']),
  },
  {
    section: '2.3',
    why: 'cta_url and request_contact_info are newer than the list of interactive types',
    pointer: `${SCHEMAS}/InteractiveObject/properties/type`,
    apply: (schema) => extend(schema, ['cta_url', 'request_contact_info']),
  },
  {
    section: '2.3',
    why: 'the action of a cta_url button is not among the actions',
    pointer: `${SCHEMAS}/ActionObject`,
    apply: (schema) => {
      const actions = schema['oneOf']
      if (!Array.isArray(actions)) return false
      actions.push({
        required: ['name', 'parameters'],
        properties: {
          name: { const: 'cta_url' },
          parameters: { required: ['display_text', 'url'] },
        },
      })
      return true
    },
  },
  {
    section: '2.3',
    why: 'a coordinate is a number too, not a string only',
    pointer: `${SCHEMAS}/LocationMessage/allOf/1/properties/location/properties`,
    apply: (properties) =>
      ['latitude', 'longitude'].every((name) =>
        replace(properties[name] as Json, 'type', ['string', 'number']),
      ),
  },
  {
    section: '5.8',
    why: 'recipient_id is absent for users who adopted a username',
    pointer: `${SCHEMAS}/Statuses`,
    apply: (schema) => unrequire(schema, 'recipient_id'),
  },
  {
    section: '5.7',
    why: 'incoming messages are described with the base of outgoing ones, which has `to` and no `from`',
    pointer: `${SCHEMAS}/BaseMessageProperties`,
    apply: splitBase,
  },
  {
    section: '9',
    why: 'a number that can send is CONNECTED, which this list of states lacks',
    pointer: `${SCHEMAS}/WhatsAppPhoneNumberStatus`,
    apply: (schema) => extend(schema, ['CONNECTED', 'DISCONNECTED', 'FLAGGED', 'RATE_LIMITED']),
  },
  {
    section: '6',
    why: 'TIER_2K took the place of TIER_1K',
    pointer: `${SCHEMAS}/WhatsAppBusinessAccountPhoneNumber/properties/messaging_limit_tier`,
    apply: (schema) => extend(schema, ['TIER_2K']),
  },
]

/**
 * Changes the document in place.
 *
 * @returns the deviations that found nothing to change
 */
export function applyDeviations(document: Json): string[] {
  return DEVIATIONS.filter(({ pointer, apply }) => {
    const schema = at(document, pointer)
    return typeof schema !== 'object' || schema === null || !apply(schema as Json)
  }).map(({ section, why }) => `section ${section}: ${why}`)
}

function unrequire(schema: Json, name: string): boolean {
  const { required } = schema
  if (!Array.isArray(required) || !required.includes(name)) return false
  schema['required'] = required.filter((one) => one !== name)
  return true
}

function replace(schema: Json, key: string, value: unknown): boolean {
  if (!(key in schema)) return false
  schema[key] = value
  return true
}

function extend(schema: Json, values: readonly string[]): boolean {
  const known = schema['enum']
  if (!Array.isArray(known) || values.every((value) => known.includes(value))) return false
  schema['enum'] = [...new Set([...(known as string[]), ...values])]
  return true
}

/** The base of a message is outgoing where it has `to`, incoming where it has `from`. */
function splitBase(schema: Json): boolean {
  const { required } = schema
  if (!Array.isArray(required) || !required.includes('to')) return false
  delete schema['required']
  schema['oneOf'] = [{ required }, { required: ['from', 'id', 'timestamp', 'type'] }]
  return true
}
