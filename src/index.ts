/** Aviso as a library: a client of a running service (docs/library.md). */

export { AvisoError } from './library/aviso-error.ts'
export { createApiClient } from './library/api-client.ts'
export type { ApiClient } from './library/api-client.ts'
export type { components, operations, paths } from './library/api-types.ts'
export type { ServiceOptions } from './library/service-caller.ts'
export { MAX_BULK_MESSAGES, WhatsAppBusinessService } from './library/whatsapp-business-service.ts'
export type {
  Batch,
  BulkResult,
  Health,
  Message,
  MessageRequest,
} from './library/whatsapp-business-service.ts'
export { WhatsAppService } from './library/whatsapp-service.ts'
export type { SendMessageParams, WhatsAppServiceOptions } from './library/whatsapp-service.ts'
export {
  WebhookMessageSchema,
  WebhookSchema,
  WebhookStatusSchema,
} from './library/webhook-schema.ts'
export type { Webhook } from './library/webhook-schema.ts'
export { MessageRequestSchema } from './direct/message-schema.ts'
export { BatchSchema, BulkResultSchema } from './http/batch-contract.ts'
export { HealthSchema, MessageListSchema, MessageSchema, ProblemSchema } from './http/contract.ts'
