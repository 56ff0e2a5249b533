/** The rules of the linter by name, with how grave a breach is (reference, section 3). Pure. */

/** `error`: Meta refuses it, or orders cannot be sent with it; `warning`: it is a risk; `info`: good to know. */
export type Severity = 'error' | 'warning' | 'info'

const RULES = {
  draft_type: 'error',
  field_unknown: 'warning',
  name_format: 'error',
  // a warning: Meta's list may be another one by now, and a file may be checked again and again
  name_taken: 'warning',
  language_format: 'error',
  language_region: 'error',
  language_unknown: 'warning',
  languages_differ: 'warning',
  category_unknown: 'error',
  category_promotional: 'warning',
  category_unspecific: 'warning',
  category_orders: 'warning',
  parameter_format: 'error',
  ttl_range: 'error',
  component_type: 'error',
  component_repeated: 'error',
  text_type: 'error',
  header_format: 'error',
  header_length: 'error',
  header_variables: 'error',
  header_formatting: 'warning',
  header_handle: 'error',
  body_missing: 'error',
  body_length: 'error',
  footer_length: 'error',
  footer_variables: 'error',
  variable_malformed: 'error',
  variable_characters: 'error',
  variable_name: 'error',
  variable_digits: 'warning',
  variable_spaces: 'warning',
  variable_sequence: 'error',
  variable_order: 'warning',
  variable_at_edge: 'error',
  variables_adjacent: 'error',
  variables_too_many: 'error',
  example_missing: 'error',
  example_count: 'error',
  example_names: 'error',
  example_blank: 'warning',
  buttons_count: 'error',
  buttons_of_type: 'error',
  buttons_contiguous: 'error',
  buttons_collapsed: 'info',
  buttons_desktop: 'warning',
  button_type: 'error',
  button_label_length: 'error',
  button_label_repeated: 'warning',
  button_label_variables: 'error',
  url_format: 'error',
  url_length: 'error',
  url_variable: 'error',
  url_wa_me: 'error',
  phone_number: 'error',
  wording_taken: 'warning',
  order_parameters: 'error',
  order_replies: 'info',
} as const satisfies Record<string, Severity>

export type LintRule = keyof typeof RULES
export const LINT_RULES = Object.keys(RULES) as LintRule[]

/** What is wrong with a draft, where, and how it is mended. */
export interface Finding {
  rule: LintRule
  severity: Severity
  /** Path from the body's root, `components[1].buttons[0].url`; `` for the body itself. */
  path: string
  detail: string
  remedy: string
}

export function finding(rule: LintRule, path: string, detail: string, remedy: string): Finding {
  return { rule, severity: RULES[rule], path, detail, remedy }
}
