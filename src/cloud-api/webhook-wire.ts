/**
 * What Meta posts to the webhook, in Meta's own field names (reference, sections 5.5 to 5.9).
 *
 * Everything may be missing and everything may be more than is known here: these types say where to
 * look, they promise nothing. Ids are decimal strings, except where Meta sends numbers.
 */

export interface WebhookBody {
  /** `whatsapp_business_account` */
  object?: string
  entry?: WebhookEntry[]
  [other: string]: unknown
}

export interface WebhookEntry {
  /** The WhatsApp Business account. */
  id?: string
  /** Unix seconds; absent for `messages`. */
  time?: number
  changes?: WebhookChange[]
  [other: string]: unknown
}

export interface WebhookChange {
  /** `messages`, `message_template_status_update`, `account_update`, … */
  field?: string
  value?: WebhookValue
  [other: string]: unknown
}

/** The value of the field `messages`; other fields have shapes of their own. */
export interface WebhookValue {
  messaging_product?: string
  metadata?: { display_phone_number?: string; phone_number_id?: string }
  contacts?: WebhookContact[]
  messages?: WebhookMessage[]
  statuses?: WebhookStatus[]
  /** Of the app or the account, without a message. */
  errors?: WebhookError[]
  [other: string]: unknown
}

export interface WebhookStatus {
  /** The wamid. */
  id?: string
  /** `sent`, `delivered`, `read`, `failed`, `played` */
  status?: string
  /** Unix seconds, as text. */
  timestamp?: string
  /** Absent for people who have adopted a user name. */
  recipient_id?: string
  recipient_user_id?: string
  biz_opaque_callback_data?: string
  pricing?: { pricing_model?: string; type?: string; category?: string; billable?: boolean }
  conversation?: { id?: string; expiration_timestamp?: string; origin?: { type?: string } }
  /** With `failed`. */
  errors?: WebhookError[]
  [other: string]: unknown
}

export interface WebhookMessage {
  id?: string
  from?: string
  from_user_id?: string
  /** Unix seconds, as text. */
  timestamp?: string
  /** `text`, `button`, `interactive`, `image`, …, `unsupported` (which has no content object) */
  type?: string
  text?: { body?: string }
  /** The tap on a template's quick-reply button; `context.id` is the template's wamid. */
  button?: { payload?: string; text?: string }
  interactive?: {
    type?: string
    button_reply?: { id?: string; title?: string }
    list_reply?: { id?: string; title?: string; description?: string }
  }
  /** Without `emoji`: taken back. It has no `context`. */
  reaction?: { message_id?: string; emoji?: string }
  context?: { id?: string; from?: string }
  errors?: WebhookError[]
  [other: string]: unknown
}

export interface WebhookContact {
  wa_id?: string
  user_id?: string
  profile?: { name?: string; username?: string }
  [other: string]: unknown
}

/** As in an answer, without `fbtrace_id`. */
export interface WebhookError {
  code?: number
  title?: string
  message?: string
  error_data?: { details?: string }
  href?: string
  [other: string]: unknown
}
