/**
 * The shapes of the HTTP interface: what the OpenAPI document is made of, and the only file of the
 * service that the dashboard may see.
 */

import { z } from 'zod'
import { aTime } from '../lib/text-rules.ts'
import { MESSAGE_STATES, MESSAGE_STATUSES } from '../message/message.ts'

const time = z.iso.datetime().describe('RFC 3339, UTC')
const nullable = {
  text: z.string().nullable(),
  time: time.nullable(),
}

export const StateSchema = z.enum(MESSAGE_STATES)
export const StatusSchema = z.enum(MESSAGE_STATUSES)

export const ErrorViewSchema = z.object({
  code: z
    .string()
    .nullable()
    .describe('Null where nothing gave one, as of an answer that was lost'),
  title: z.string(),
  detail: z.string().nullable(),
  remedy: z.string(),
})

export const TimelineEntrySchema = z
  .object({
    at: time.describe('Our time'),
    meta_at: nullable.time.describe("Meta's time"),
    kind: z.enum(['state', 'attempt', 'status', 'reply', 'action']),
    state: z.string().optional(),
    attempt: z.number().int().optional(),
    outcome: z.enum(['accepted', 'rejected', 'not_sent', 'in_doubt']).nullable().optional(),
    http_status: z.number().int().nullable().optional(),
    status: z.string().optional(),
    error: ErrorViewSchema.nullable().optional(),
    text: nullable.text.optional(),
    payload: nullable.text.optional(),
    message_type: z.string().optional().describe("Of a reply: Meta's word for what it is"),
    description: nullable.text
      .optional()
      .describe('Of a reply: what its text does not say, such as "document: Oferta.pdf"'),
    media_id: nullable.text
      .optional()
      .describe('Of a reply with a file: its id with Meta, which keeps it for 7 days'),
    actor: z.string().optional(),
  })
  .meta({ id: 'TimelineEntry' })
export type TimelineEntry = z.infer<typeof TimelineEntrySchema>

export const CostSchema = z
  .object({
    amount: z.string(),
    currency: z.string(),
    category: z.string(),
    billable: z.boolean(),
  })
  .meta({ id: 'Cost' })

export const MessageSchema = z
  .object({
    id: z.string(),
    tenant_id: z.string(),
    notification_id: nullable.text,
    batch_id: nullable.text,
    status: StatusSchema,
    state: StateSchema,
    hold_reason: nullable.text,
    error_code: nullable.text.describe(
      "Meta's number as text, or one of ours; null also where Meta says failed and gives none",
    ),
    error_message: nullable.text,
    remedy: nullable.text.describe('What to do about it'),
    message_type: z.string(),
    template_name: nullable.text,
    template_language: nullable.text,
    template_parameters: z.unknown(),
    recipient_phone: nullable.text.describe('E.164'),
    recipient_input: nullable.text.describe('As it was given'),
    wa_id: nullable.text,
    whatsapp_message_id: nullable.text,
    event_id: nullable.text,
    po_id: nullable.text,
    po_number: nullable.text,
    revision: z.number().int().nullable(),
    supplier_id: nullable.text,
    supplier_name: nullable.text,
    accepted_at: nullable.time,
    sent_at: nullable.time,
    delivered_at: nullable.time,
    read_at: nullable.time,
    failed_at: nullable.time,
    expires_at: nullable.time,
    attempts: z.number().int(),
    cost: CostSchema.nullable().describe('Once delivered and priced'),
    pricing: z.unknown().describe('As Meta sent it'),
    provider_response: z.unknown().optional().describe('Only with one message'),
    metadata: z.unknown(),
    created_at: time,
    updated_at: time,
    timeline: z.array(TimelineEntrySchema).optional().describe('Only with one message'),
  })
  .meta({ id: 'Message' })
export type MessageView = z.infer<typeof MessageSchema>

export const MessageListSchema = z
  .object({ data: z.array(MessageSchema), next_cursor: nullable.text })
  .meta({ id: 'MessageList' })

export const MessageQuerySchema = z.strictObject({
  status: StatusSchema.optional(),
  state: StateSchema.optional(),
  recipient_phone: z.string().max(64).optional(),
  template_name: z.string().max(512).optional(),
  po_number: z.string().max(128).optional(),
  batch_id: z.uuid().optional(),
  from: aTime.optional().describe('created_at, inclusive'),
  to: aTime.optional().describe('created_at, exclusive'),
  q: z
    .string()
    .trim()
    .min(1)
    .max(256)
    .optional()
    .describe('Order number, message id, wamid or phone exactly; supplier name by its beginning'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
})

export const ReleaseSchema = z.strictObject({
  hold_reason: z.literal('backlog_not_released'),
  decision: z.enum(['send', 'cancel']).default('send'),
  created_from: aTime.optional().describe('created_at, inclusive'),
  created_to: aTime.optional().describe('created_at, exclusive'),
  dry_run: z.boolean().default(false).describe('Only count'),
})
export const ReleaseResultSchema = z
  .object({
    matching: z.number().int().describe('Messages that waited'),
    oldest_at: nullable.time.describe('created_at of the oldest'),
    newest_at: nullable.time.describe('created_at of the newest'),
    done: z.number().int().describe('Messages that were released or canceled'),
  })
  .meta({ id: 'ReleaseResult' })

export const EventResultSchema = z
  .object({
    message_id: z.string(),
    status: StatusSchema.nullable().meta({
      description:
        'Null: a repetition of an event whose message is older than messages are kept (AVISO_RETENTION_DAYS).',
    }),
    duplicate: z.boolean(),
  })
  .meta({ id: 'EventResult' })

export const FieldErrorSchema = z.object({
  field: z.string(),
  code: z.string(),
  detail: z.string(),
  remedy: z.string(),
})

export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    request_id: z.string(),
    errors: z.array(FieldErrorSchema),
  })
  .loose()
  .meta({ id: 'Problem' })

export const HealthStatusSchema = z.enum(['ok', 'degraded', 'down'])
const PartSchema = z.object({
  status: HealthStatusSchema,
  detail: z.string(),
  remedy: nullable.text,
})
export const HealthSchema = z
  .object({
    status: HealthStatusSchema,
    version: z.string().optional(),
    migration: nullable.text.optional(),
    parts: z.record(z.string(), PartSchema).optional(),
    queue: z
      .object({
        depth: z.number().int(),
        oldest_seconds: z.number(),
        in_doubt: z.number().int(),
        unconfirmed: z.number().int(),
        held: z.record(z.string(), z.number().int()),
        outbox: z.number().int(),
        orphans: z.number().int(),
        dead_letters: z.number().int(),
      })
      .optional(),
  })
  .meta({ id: 'Health' })
export const StatusOkSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Liveness' })
export const ReadinessSchema = z
  .object({
    status: z.enum(['ok', 'down']),
    detail: z.string().optional().describe('What is amiss'),
  })
  .meta({ id: 'Readiness' })
export type HealthView = z.infer<typeof HealthSchema>
export type HealthPart = z.infer<typeof PartSchema>

export const GapQuerySchema = z.strictObject({
  open: z.stringbool().default(true).describe('Only those of which no status has come since'),
  kind: z.enum(['no_status', 'undelivered']).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
})

const GapSchema = z
  .object({
    message_id: z.string(),
    tenant_id: z.string(),
    kind: z.enum(['no_status', 'undelivered']),
    whatsapp_message_id: z.string(),
    accepted_at: time,
    found_at: time,
    asked_at: nullable.time.describe("When Meta's message_history was asked last"),
    answer: z.enum(['statuses', 'nothing', 'refused', 'unreachable']).nullable(),
    closed_at: nullable.time.describe('When a status had come after all'),
  })
  .meta({ id: 'Gap' })
export const GapListSchema = z
  .object({ data: z.array(GapSchema), next_cursor: nullable.text })
  .meta({ id: 'GapList' })

export const RoleSchema = z.enum(['admin', 'operator', 'viewer', 'ingest'])
export const ApiKeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: RoleSchema,
    tenant_id: nullable.text,
    prefix: z.string(),
    created_at: time,
    last_used_at: nullable.time,
    expires_at: nullable.time,
  })
  .meta({ id: 'ApiKey' })

export const ApiKeyListSchema = z
  .object({ data: z.array(ApiKeySchema), next_cursor: nullable.text })
  .meta({ id: 'ApiKeyList' })

/** The answer to its making: the only one that has the key. */
export const MadeApiKeySchema = ApiKeySchema.extend({
  key: z.string().describe('Shown once'),
}).meta({ id: 'NewApiKey' })

export const NewApiKeySchema = z.strictObject({
  name: z.string().trim().min(1).max(128),
  role: RoleSchema,
  tenant_id: z.guid().nullable().optional(),
  expires_at: aTime.nullable().optional(),
})

/** The refusals of a route, for its documentation. */
export function problems<const Status extends number>(
  ...statuses: Status[]
): Record<Status, typeof ProblemSchema> {
  return Object.fromEntries(statuses.map((status) => [status, ProblemSchema])) as Record<
    Status,
    typeof ProblemSchema
  >
}

export const TemplateSchema = z
  .object({
    id: z.string(),
    template_name: z.string(),
    template_key: nullable.text.describe('po_approved: orders may use it while it is active'),
    category: z.string().describe('UTILITY, MARKETING, AUTHENTICATION'),
    language: z.string().describe("Meta's code, pt_BR"),
    status: z
      .string()
      .describe("Meta's word; only APPROVED may be sent. DELETED: Meta has it no more"),
    body_text: nullable.text,
    parameter_count: z.number().int().describe('Variables of the body'),
    parameter_format: nullable.text.describe('POSITIONAL or NAMED'),
    sent_count: z
      .number()
      .int()
      .describe('Messages that Meta accepted with it; some seconds behind'),
    is_active: z.boolean().describe('False: orders do not use it, whatever its key'),
    meta_id: nullable.text.describe('Decimal digits'),
    quality: nullable.text.describe('GREEN, YELLOW, RED or UNKNOWN'),
    components: z.unknown().describe('As Meta has them'),
    rejected_reason: nullable.text,
    previous_category: nullable.text,
    correct_category: nullable.text.describe(
      'What Meta has announced that the category will become',
    ),
    synced_at: nullable.time.describe("When Meta's list showed it last"),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Template' })
export type TemplateView = z.infer<typeof TemplateSchema>

export const TemplateListSchema = z
  .object({ data: z.array(TemplateSchema), next_cursor: nullable.text })
  .meta({ id: 'TemplateList' })

export const TemplateQuerySchema = z.strictObject({
  name: z.string().max(512).optional(),
  status: z.string().max(64).optional().describe('Without it all but DELETED'),
  language: z.string().max(32).optional(),
  category: z.string().max(64).optional(),
  template_key: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
})

const movedSchema = z.object({ from: nullable.text, to: z.string() })
export const TemplateSyncSchema = z
  .object({
    templates: z.number().int().describe('In the list of Meta'),
    created: z.number().int().describe('New to the registry'),
    deleted: z.number().int().describe('Not in the list any more'),
    changes: z
      .array(
        z.object({
          template_name: z.string(),
          language: z.string(),
          template_key: nullable.text,
          status: movedSchema,
          category: movedSchema,
          correct_category: nullable.text,
          quality: nullable.text,
          previous_quality: nullable.text,
          rejected_reason: nullable.text,
        }),
      )
      .describe('What is another one now, new and deleted ones included'),
  })
  .meta({ id: 'TemplateSync' })

export const TemplateDraftSchema = z.record(z.string(), z.unknown()).meta({
  id: 'TemplateDraft',
  description:
    "Meta's own create body: name, language, category, parameter_format, components. Beside it template_key: po_approved makes it the template of orders.",
  examples: [
    {
      name: 'po_ready',
      language: 'es',
      category: 'UTILITY',
      components: [
        {
          type: 'BODY',
          text: 'Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado.',
          example: { body_text: [['Harinas del Sur', 'PO-2026-0042', '1.234,50 €']] },
        },
      ],
      template_key: 'po_approved',
    },
  ],
})

export const FindingSchema = z
  .object({
    rule: z.string(),
    severity: z
      .enum(['error', 'warning', 'info'])
      .describe('error: Meta refuses it, or orders cannot be sent with it'),
    path: z
      .string()
      .describe("From the body's root, as components[0].text; empty for the body itself"),
    detail: z.string(),
    remedy: z.string(),
  })
  .meta({ id: 'Finding' })

export const LintResultSchema = z
  .object({ findings: z.array(FindingSchema).describe('The gravest first') })
  .meta({ id: 'LintResult' })

export const TemplateEditSchema = z.record(z.string(), z.unknown()).meta({
  id: 'TemplateEdit',
  description:
    "Meta's create body, of which absent fields stay: components (as a whole), category (not of an approved template), message_send_ttl_seconds. Beside them template_key (null: orders do not use it) and is_active, which are ours alone.",
  examples: [{ template_key: 'po_approved', is_active: true }],
})

export const WrittenTemplateSchema = TemplateSchema.extend({
  findings: z.array(FindingSchema).describe('Warnings of the linter'),
}).meta({ id: 'WrittenTemplate' })

export const DeletedTemplateSchema = z
  .object({
    deleted: z.boolean().describe('False: it was only asked what would follow'),
    template_name: z.string(),
    languages: z.array(z.string()),
    consequences: z.array(
      z.object({
        code: z.enum(['name_rests', 'messages_held', 'under_way', 'orders_change', 'orders_held']),
        detail: z.string(),
      }),
    ),
  })
  .meta({ id: 'DeletedTemplate' })

export const SampleSchema = z
  .object({ handle: z.string().describe('For example.header_handle'), mime_type: z.string() })
  .meta({ id: 'TemplateSample' })
