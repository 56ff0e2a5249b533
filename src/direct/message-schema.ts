/** The body of `POST /api/v1/whatsapp/messages`, and a line of a bulk request. */

import { z } from 'zod'
import { aUuid, atMost, optional, required } from '../lib/text-rules.ts'
import { InteractiveSchema } from './interactive-schema.ts'
import { DocumentSchema, ImageSchema } from './media-schema.ts'
import { unitsAtMost } from './schema-rules.ts'
import { TemplateSchema } from './template-schema.ts'

/** Bytes of one message request at most. */
export const MAX_REQUEST_BYTES = 64 * 1024

const common = {
  to: required(atMost(256)).describe(
    'A phone number in any usual way of writing, or a business-scoped user id (ES.1349…)',
  ),
  tenant_id: optional(aUuid).describe("The key's, which need not be said"),
  notification_id: optional(aUuid),
  metadata: z.record(z.string(), z.unknown()).nullish().describe('Kept as it is'),
}

const TextSchema = z.strictObject({
  body: required(unitsAtMost(4096)),
  preview_url: z.boolean().nullish(),
})

/** Everything but a template needs an open customer service window. */
export const MessageRequestSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ ...common, type: z.literal('template'), template: TemplateSchema }),
    z.strictObject({ ...common, type: z.literal('text'), text: TextSchema }),
    z.strictObject({ ...common, type: z.literal('image'), image: ImageSchema }),
    z.strictObject({ ...common, type: z.literal('document'), document: DocumentSchema }),
    z.strictObject({ ...common, type: z.literal('interactive'), interactive: InteractiveSchema }),
  ])
  .meta({ id: 'MessageRequest' })
export type MessageRequestBody = z.infer<typeof MessageRequestSchema>
