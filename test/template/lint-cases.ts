import type { ExistingTemplate } from '../../src/template/lint-existing.ts'
import type { LintRule } from '../../src/template/lint-rules.ts'

/** Drafts, each with the rule that it breaks and the place where. */

export type Json = Record<string, unknown>

export const BODY = {
  type: 'BODY',
  text: 'Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado.',
  example: { body_text: [['Harinas del Sur', 'PO-1', '1.234,50 €']] },
}

export function draft(more: Json = {}): Json {
  return { name: 'po_ready', language: 'es', category: 'UTILITY', components: [BODY], ...more }
}
export const body = (text: string, more: Json = {}): Json =>
  draft({
    components: [{ type: 'BODY', text, example: { body_text: [['a']] } }],
    ...more,
  })
export const withPart = (...parts: Json[]): Json => draft({ components: [BODY, ...parts] })
export const quick = (text: string): Json => ({ type: 'QUICK_REPLY', text })
export const url = (address: string, more: Json = {}): Json => ({
  type: 'URL',
  text: 'Ver',
  url: address,
  ...more,
})
export const buttons = (...list: Json[]): Json => withPart({ type: 'BUTTONS', buttons: list })
export const header = (more: Json): Json => withPart({ type: 'HEADER', ...more })
export const named = (text: string, params: Json[]): Json =>
  draft({
    parameter_format: 'NAMED',
    components: [{ type: 'BODY', text, example: { body_text_named_params: params } }],
  })
export const param = (name: string): Json => ({ param_name: name, example: 'x' })
export const existing = (more: Partial<ExistingTemplate> = {}): ExistingTemplate => ({
  template_name: 'po_ready',
  language: 'es',
  status: 'APPROVED',
  parameter_format: 'POSITIONAL',
  components: [BODY],
  ...more,
})

export const CASES: [LintRule, string, string, unknown, ExistingTemplate[]?][] = [
  ['draft_type', 'a list', '', []],
  ['field_unknown', 'a field with a wrong name', 'component', draft({ component: [] })],
  ['name_format', 'capitals', 'name', draft({ name: 'PO_READY' })],
  ['name_format', '513 characters', 'name', draft({ name: 'x'.repeat(513) })],
  ['name_format', 'no name', 'name', draft({ name: undefined })],
  ['name_taken', 'a name that is there', 'name', draft(), [existing()]],
  ['language_format', 'a hyphen', 'language', draft({ language: 'pt-BR' })],
  ['language_format', 'a word', 'language', draft({ language: 'Spanish' })],
  ['language_region', 'a language that has regions only', 'language', draft({ language: 'pt' })],
  ['language_unknown', 'a region not heard of', 'language', draft({ language: 'es_XX' })],
  [
    'languages_differ',
    'another number of variables than in another language',
    'components',
    draft({ language: 'de' }),
    [existing({ components: [{ type: 'BODY', text: 'Pedido {{1}} listo.' }] })],
  ],
  ['category_unknown', 'an old category', 'category', draft({ category: 'TRANSACTIONAL' })],
  [
    'category_promotional',
    'a word of an advertisement',
    'components[1].text',
    withPart({ type: 'FOOTER', text: '¡Aproveche el descuento!' }),
  ],
  [
    'category_promotional',
    'so much off',
    'components[1].text',
    withPart({ type: 'FOOTER', text: 'Hoy 10 % dto en todo' }),
  ],
  ['category_unspecific', 'no variable', 'components', body('El almacén está abierto hoy.')],
  [
    'category_orders',
    'a marketing template of orders',
    'category',
    draft({ category: 'MARKETING', template_key: 'po_approved' }),
  ],
  ['parameter_format', 'a word', 'parameter_format', draft({ parameter_format: 'BY_NAME' })],
  ['ttl_range', 'a day', 'message_send_ttl_seconds', draft({ message_send_ttl_seconds: 86_400 })],
  ['component_type', 'an unknown component', 'components[1].type', withPart({ type: 'TITLE' })],
  ['component_type', 'no object', 'components[0].type', draft({ components: [1, BODY] })],
  ['component_repeated', 'two bodies', 'components[1]', draft({ components: [BODY, BODY] })],
  ['text_type', 'a number', 'components[1].text', withPart({ type: 'FOOTER', text: 1 })],
  ['header_format', 'a sticker', 'components[1].format', header({ format: 'STICKER' })],
  [
    'header_length',
    '61 characters',
    'components[1].text',
    header({ format: 'TEXT', text: 'x'.repeat(61) }),
  ],
  ['header_length', 'nothing', 'components[1].text', header({ format: 'TEXT' })],
  [
    'header_variables',
    'two variables',
    'components[1].text',
    header({ text: '{{1}} de {{2}}', example: { header_text: ['a', 'b'] } }),
  ],
  ['header_formatting', 'an emoji', 'components[1].text', header({ text: 'Pedido 📦' })],
  [
    'header_handle',
    'no sample',
    'components[1].example.header_handle',
    header({ format: 'DOCUMENT' }),
  ],
  [
    'header_handle',
    'the id of a file',
    'components[1].example.header_handle',
    header({ format: 'IMAGE', example: { header_handle: ['1234567890'] } }),
  ],
  ['body_missing', 'no body', 'components', draft({ components: [] })],
  ['body_missing', 'no components', 'components', draft({ components: undefined })],
  ['body_length', '1,025 characters', 'components[0].text', body('x'.repeat(1025))],
  ['body_length', 'no text', 'components[0].text', draft({ components: [{ type: 'BODY' }] })],
  [
    'footer_length',
    '61 characters',
    'components[1].text',
    withPart({ type: 'FOOTER', text: 'x'.repeat(61) }),
  ],
  [
    'footer_variables',
    'a variable',
    'components[1].text',
    withPart({ type: 'FOOTER', text: 'De {{1}} aquí' }),
  ],
  ['variable_malformed', 'an open brace', 'components[0].text', body('El pedido {{1} está listo.')],
  ['variable_malformed', 'no name', 'components[0].text', body('El pedido {{}} está listo.')],
  ['variable_characters', 'a sign', 'components[0].text', body('El pedido {{#1}} está listo.')],
  [
    'variable_name',
    'a name by position',
    'components[0].text',
    body('El pedido {{po}} está listo.'),
  ],
  [
    'variable_name',
    'capitals',
    'components[0].text',
    named('El pedido {{PoNumber}} está listo.', [param('PoNumber')]),
  ],
  [
    'variable_name',
    'a number by name',
    'components[0].text',
    named('El pedido {{1}} está listo.', [param('1')]),
  ],
  [
    'variable_digits',
    'a digit',
    'components[0].text',
    named('El pedido {{po1}} está listo.', [param('po1')]),
  ],
  ['variable_spaces', 'spaces', 'components[0].text', body('El pedido {{ 1 }} está listo.')],
  ['variable_sequence', 'a gap', 'components[0].text', body('El pedido {{2}} está listo.')],
  [
    'variable_order',
    'the other way round',
    'components[0].text',
    draft({
      components: [
        {
          type: 'BODY',
          text: 'El pedido {{2}} de {{1}} ya está listo.',
          example: { body_text: [['a', 'b']] },
        },
      ],
    }),
  ],
  ['variable_at_edge', 'a variable first', 'components[0].text', body('{{1}} está listo hoy.')],
  ['variable_at_edge', 'a variable last', 'components[0].text', body('Está listo hoy {{1}}')],
  [
    'variables_adjacent',
    'two side by side',
    'components[0].text',
    body('El pedido {{1}} {{2}} está listo para usted.'),
  ],
  ['variables_too_many', 'a word', 'components[0].text', body('Pedido {{1}}.')],
  [
    'example_missing',
    'a body without',
    'components[0].example.body_text',
    draft({ components: [{ type: 'BODY', text: BODY.text }] }),
  ],
  [
    'example_missing',
    'a header without',
    'components[1].example.header_text',
    header({ text: 'Pedido {{1}}' }),
  ],
  [
    'example_missing',
    'an address without',
    'components[1].buttons[0].example',
    buttons(url('https://a.example/{{1}}')),
  ],
  [
    'example_missing',
    'a code without',
    'components[1].buttons[0].example',
    buttons({ type: 'COPY_CODE' }),
  ],
  [
    'example_count',
    'one of three',
    'components[0].example.body_text',
    draft({ components: [{ ...BODY, example: { body_text: [['a']] } }] }),
  ],
  [
    'example_names',
    'another name',
    'components[0].example.body_text_named_params',
    named('El pedido {{po}} está listo.', [param('number')]),
  ],
  [
    'example_blank',
    'a placeholder',
    'components[0].example.body_text[0][0]',
    draft({
      components: [
        {
          type: 'BODY',
          text: 'El pedido {{1}} está listo.',
          example: { body_text: [['{{1}}']] },
        },
      ],
    }),
  ],
  ['buttons_count', 'none', 'components[1].buttons', buttons()],
  [
    'buttons_count',
    'eleven',
    'components[1].buttons',
    buttons(...Array.from({ length: 11 }, (_, index) => quick(String(index)))),
  ],
  [
    'buttons_of_type',
    'three addresses',
    'components[1].buttons',
    buttons(...['a', 'b', 'c'].map((host) => url(`https://${host}.example`, { text: host }))),
  ],
  [
    'buttons_contiguous',
    'an address between',
    'components[1].buttons',
    buttons(quick('a'), url('https://a.example'), quick('b')),
  ],
  [
    'buttons_collapsed',
    'four',
    'components[1].buttons',
    buttons(...['a', 'b', 'c', 'd'].map(quick)),
  ],
  [
    'buttons_desktop',
    'two kinds',
    'components[1].buttons',
    buttons(quick('a'), url('https://a.example')),
  ],
  ['button_type', 'a wish', 'components[1].buttons[0].type', buttons({ type: 'PAY', text: 'a' })],
  [
    'button_label_length',
    '26 characters',
    'components[1].buttons[0].text',
    buttons(quick('x'.repeat(26))),
  ],
  ['button_label_length', 'nothing', 'components[1].buttons[0].text', buttons(quick(' '))],
  [
    'button_label_repeated',
    'twice',
    'components[1].buttons[1].text',
    buttons(quick('Sí'), quick('SÍ ')),
  ],
  [
    'button_label_variables',
    'a variable',
    'components[1].buttons[0].text',
    buttons(quick('Ver {{1}}')),
  ],
  ['url_format', 'no scheme', 'components[1].buttons[0].url', buttons(url('a.example'))],
  [
    'url_length',
    '2,001 characters',
    'components[1].buttons[0].url',
    buttons(url(`https://a.example/${'x'.repeat(1983)}`)),
  ],
  [
    'url_variable',
    'a variable inside',
    'components[1].buttons[0].url',
    buttons(url('https://a.example/{{1}}/x', { example: ['x'] })),
  ],
  [
    'url_wa_me',
    'a link to wa.me',
    'components[1].buttons[0].url',
    buttons(url('https://wa.me/3460')),
  ],
  [
    'phone_number',
    'no number',
    'components[1].buttons[0].phone_number',
    buttons({ type: 'PHONE_NUMBER', text: 'Llamar' }),
  ],
  [
    'wording_taken',
    'the words of another',
    'components',
    draft(),
    [existing({ template_name: 'po_other' })],
  ],
  [
    'order_parameters',
    'one variable',
    'components',
    body('El pedido {{1}} está listo.', { template_key: 'po_approved' }),
  ],
  [
    'order_replies',
    'four replies',
    'components',
    { ...buttons(...['a', 'b', 'c', 'd'].map(quick)), template_key: 'po_approved' },
  ],
]
