/** A message that somebody asks for directly: read, with every fault named at once. Pure. */

import { AppError } from '../lib/errors.ts'
import type { ErrorCode, FieldError } from '../lib/errors.ts'
import { nameFields, oncePerField, schemaFaults } from '../lib/schema-faults.ts'
import { findUnstorable } from '../lib/strict-json.ts'
import { presence } from '../lib/text-rules.ts'
import { readPhone } from '../message/phone-number.ts'
import { templateLanguage } from '../template/language.ts'
import { MessageRequestSchema } from './message-schema.ts'
import type { MessageRequestBody } from './message-schema.ts'

export type DirectType = 'TEMPLATE' | 'TEXT' | 'IMAGE' | 'DOCUMENT' | 'INTERACTIVE'

export interface MessageRequest {
  /** Lower case. */
  tenantId: string
  notificationId: string | null
  recipient: {
    /** E.164; null where only the user id is known. */
    phone: string | null
    /** Business-scoped (reference, section 5.8). */
    userId: string | null
    /** As it was given. */
    input: string
  }
  type: DirectType
  template: {
    name: string
    /** Meta's code; null where none was asked for. */
    language: string | null
    /** A list, an object by names, or `{ components }`: as given. */
    parameters: unknown
  } | null
  /** What is sent instead of a template, in Meta's form. */
  content: unknown
  metadata: unknown
}

/** What is known of whoever asks, and of the service. */
export interface RequestSettings {
  /** The only tenant the caller may speak for; null for every tenant. */
  onlyTenant: string | null
  /** The one meant where none is said. */
  defaultTenantId: string
  /** Null: every tenant is served. */
  knownTenants: ReadonlySet<string> | null
  /** ISO 3166, for numbers without a country code. */
  defaultCountry: string | null
}

export interface Refusal {
  ok: false
  code: ErrorCode
  detail: string
  errors: FieldError[]
}
export type ReadRequest = { ok: true; request: MessageRequest } | Refusal

/** Never throws. */
export function readMessageRequest(value: unknown, settings: RequestSettings): ReadRequest {
  const unstorable = findUnstorable(value)
  const parsed = MessageRequestSchema.safeParse(value)
  const invalid = parsed.success ? [] : schemaFaults(parsed.error, value)
  const faults = oncePerField([...unstorable, ...invalid])
  if (!parsed.success || faults.length > 0) return refuseFields(faults)
  const body = parsed.data
  const tenantId = presence(body.tenant_id)?.toLowerCase() ?? settings.onlyTenant
  if (settings.onlyTenant !== null && tenantId !== settings.onlyTenant) {
    return refuse('forbidden', 'The API key belongs to another tenant than tenant_id says.')
  }
  const tenant = tenantId ?? settings.defaultTenantId
  if (settings.knownTenants !== null && !settings.knownTenants.has(tenant)) {
    return refuse('unknown_tenant', 'The tenant is not known to this service.')
  }
  const recipient = readRecipient(body.to, settings.defaultCountry)
  if (recipient === undefined) return refuseFields([UNREADABLE])
  return {
    ok: true,
    request: {
      tenantId: tenant,
      notificationId: presence(body.notification_id)?.toLowerCase() ?? null,
      recipient,
      type: TYPES[body.type],
      ...contentOf(body),
      metadata: body.metadata ?? null,
    },
  }
}

/** As an error of the interface. */
export function toError({ code, detail, errors }: Refusal): AppError {
  return new AppError(code, detail, { errors })
}

export function refuse(code: ErrorCode, detail: string, errors: FieldError[] = []): Refusal {
  return { ok: false, code, detail, errors }
}

const TYPES = {
  template: 'TEMPLATE',
  text: 'TEXT',
  image: 'IMAGE',
  document: 'DOCUMENT',
  interactive: 'INTERACTIVE',
} as const satisfies Record<MessageRequestBody['type'], DirectType>

const UNREADABLE: FieldError = {
  field: 'to',
  code: 'invalid_phone',
  detail: 'cannot be read as a phone number, and is no business-scoped user id',
  remedy:
    'Write the number with + and its country code, such as +34612345678, or set AVISO_DEFAULT_COUNTRY.',
}

function refuseFields(faults: FieldError[]): Refusal {
  const [first] = faults
  const named = nameFields('The message', faults)
  const isOne = faults.length === 1 && first !== undefined
  const detail = isOne
    ? `${first.field === '' ? named : `${first.field} ${first.detail}`}. ${first.remedy}`
    : `${named}.`
  return refuse('validation_failed', detail, faults)
}

/** Country code, a point, and up to 128 letters and digits; with ENT of a parent (section 5.8). */
const USER_ID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/

function readRecipient(
  input: string,
  defaultCountry: string | null,
): MessageRequest['recipient'] | undefined {
  const trimmed = input.trim()
  if (USER_ID.test(trimmed)) return { phone: null, userId: trimmed, input }
  const reading = readPhone(input, defaultCountry)
  return reading.ok ? { phone: reading.e164, userId: null, input } : undefined
}

function contentOf(body: MessageRequestBody): Pick<MessageRequest, 'template' | 'content'> {
  switch (body.type) {
    case 'template': {
      const { name, parameters, components } = body.template
      const language = presence(body.template.language)
      return {
        content: null,
        template: {
          name,
          language: language === null ? null : templateLanguage(language),
          parameters: components ? { components } : (parameters ?? []),
        },
      }
    }
    case 'text':
      return { template: null, content: body.text }
    case 'image':
      return { template: null, content: body.image }
    case 'document':
      return { template: null, content: body.document }
    case 'interactive':
      return { template: null, content: body.interactive }
  }
}
