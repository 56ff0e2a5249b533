/**
 * What Meta posts to a webhook (reference, sections 5.5 to 5.9), for programs that take webhooks of their
 * own. Tolerant on purpose: everything may be missing, and everything may be more than stands here.
 */

import { z } from 'zod'

const ErrorSchema = z.looseObject({
  code: z.number().optional(),
  title: z.string().optional(),
  message: z.string().optional(),
  error_data: z.looseObject({ details: z.string().optional() }).optional(),
})

export const WebhookStatusSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  timestamp: z.string().optional(),
  recipient_id: z.string().optional(),
  biz_opaque_callback_data: z.string().optional(),
  pricing: z
    .looseObject({
      billable: z.boolean().optional(),
      pricing_model: z.string().optional(),
      category: z.string().optional(),
      type: z.string().optional(),
    })
    .optional(),
  errors: z.array(ErrorSchema).optional(),
})

export const WebhookMessageSchema = z.looseObject({
  id: z.string(),
  from: z.string().optional(),
  timestamp: z.string().optional(),
  type: z.string().optional(),
  text: z.looseObject({ body: z.string().optional() }).optional(),
  button: z.looseObject({ payload: z.string().optional(), text: z.string().optional() }).optional(),
  context: z.looseObject({ id: z.string().optional(), from: z.string().optional() }).optional(),
})

export const WebhookSchema = z.looseObject({
  object: z.string(),
  entry: z.array(
    z.looseObject({
      id: z.string().optional(),
      changes: z
        .array(
          z.looseObject({
            field: z.string(),
            value: z
              .looseObject({
                metadata: z
                  .looseObject({
                    display_phone_number: z.string().optional(),
                    phone_number_id: z.string().optional(),
                  })
                  .optional(),
                statuses: z.array(WebhookStatusSchema).optional(),
                messages: z.array(WebhookMessageSchema).optional(),
              })
              .optional(),
          }),
        )
        .optional(),
    }),
  ),
})
export type Webhook = z.infer<typeof WebhookSchema>
