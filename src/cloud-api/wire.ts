/** Requests and answers of the Cloud API in Meta's own field names (reference, sections 2 and 3). */

/** A file, by the id of an upload or by a public link. */
export interface MediaObject {
  id?: string
  link?: string
  /** Documents only; its extension decides how the file is shown. */
  filename?: string
  caption?: string
}

export interface LocationObject {
  latitude: number
  longitude: number
  name?: string
  address?: string
}

/** A value of a template's variable, header or button (reference, section 2.2). */
export interface TemplateParameter {
  /** `text`, `currency`, `date_time`, `image`, `video`, `document`, `location`, `payload`, … */
  type: string
  /** Only for templates with named variables. */
  parameter_name?: string
  text?: string
  payload?: string
  image?: MediaObject
  video?: MediaObject
  document?: MediaObject
  location?: LocationObject
  [content: string]: unknown
}

export interface TemplateComponent {
  /** `header`, `body`, `button` */
  type: string
  /** Buttons only: `quick_reply`, `url`, `copy_code`, … */
  sub_type?: string
  /** Buttons only: the position among the template's buttons, from 0, as text. */
  index?: string
  parameters?: TemplateParameter[]
}

export interface TemplateBody {
  name: string
  /** Exactly a language the template is approved in: Meta has no fallback. */
  language: { code: string }
  components?: TemplateComponent[]
}

/** The body of the send call. */
export interface MessageRequest {
  messaging_product: 'whatsapp'
  recipient_type: 'individual'
  /** Always `+` and the full E.164 number: without it Meta prepends the sender's country code. */
  to?: string
  /** A business-scoped user id, where no number is known; `to` wins. */
  recipient?: string
  /** `template`, `text`, `image`, `document`, `interactive`, … */
  type: string
  template?: TemplateBody
  /** Only inside an open customer service window, like all that follow; body up to 4096. */
  text?: { body: string; preview_url?: boolean }
  image?: MediaObject
  document?: MediaObject
  location?: LocationObject
  /** Quotes a message. */
  context?: { message_id: string }
  /** Up to 512 characters, echoed in every status webhook of the message. */
  biz_opaque_callback_data?: string
  [content: string]: unknown
}

/** A row of `GET /{WABA-ID}/message_templates` (reference, section 3.1); ids are decimal strings. */
export interface TemplateRow {
  id: string
  name: string
  language: string
  status: string
  category: string
  correct_category?: string
  previous_category?: string
  /** `POSITIONAL` or `NAMED` */
  parameter_format?: string
  components?: unknown[]
  quality_score?: { score?: string; date?: number }
  rejected_reason?: string
  message_send_ttl_seconds?: number
}
