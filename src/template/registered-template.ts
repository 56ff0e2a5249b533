/** A row of the registry: a template of a business account in one language, as Meta has it. */
export interface RegisteredTemplate {
  id: string
  tenant_id: string
  business_account_id: string
  template_name: string
  /** `po_approved`: orders may use it. */
  template_key: string | null
  category: string
  /** Meta's code, `pt_BR`. */
  language: string
  /** Meta's word; one that is not known here means that it cannot be sent (reference, section 3.4). */
  status: string
  body_text: string | null
  parameter_count: number
  parameter_format: string | null
  /** bigint, as text */
  sent_count: string
  is_active: boolean
  /** Decimal digits, up to 17 and more. */
  meta_id: string | null
  /** GREEN, YELLOW, RED, UNKNOWN */
  quality: string | null
  components: unknown
  rejected_reason: string | null
  synced_at: Date | null
  keyed_at: Date | null
  previous_category: string | null
  correct_category: string | null
  created_at: Date
  updated_at: Date
}

/** Meta's only status in which a template may be sent. */
export const USABLE = 'APPROVED'
/** Ours: Meta's list does not have it any more. */
export const DELETED = 'DELETED'

export type TemplateHold =
  'templates_unknown' | 'template_not_approved' | 'template_paused' | 'template_disabled'

/** What a status means for messages; null: they may go. The claim asks the same in SQL. */
export function holdOfStatus(status: string): TemplateHold | null {
  switch (status) {
    case USABLE:
      return null
    case 'PAUSED':
      return 'template_paused'
    case 'DISABLED':
      return 'template_disabled'
    default:
      return 'template_not_approved'
  }
}
