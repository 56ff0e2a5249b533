/**
 * Templates of one-time codes, whose texts Meta writes: the create body says only what they are to have
 * (BODY with `add_security_recommendation`, FOOTER with `code_expiration_minutes`, an OTP button), and the
 * list shows the texts, with the code as the variable of the body and of a URL. The words here are the
 * emulator's own, in English whatever the language.
 */

import { refuseDraft } from './refuse-draft.ts'
import type { Refusal } from './refusal.ts'
import type { TemplateButton, TemplateComponent } from './template.ts'

const OTP_TYPES = ['COPY_CODE', 'ONE_TAP', 'ZERO_TAP']
/** As Meta's page of authentication templates has it. */
const MINUTES = { least: 1, most: 90 } as const
const EXAMPLE_CODE = '123456'

/** What Meta would list of these components, or what it would say to them; others stay as they are. */
export function writePreset(
  components: readonly TemplateComponent[],
): { components: TemplateComponent[] } | { refusal: Refusal } {
  const refusal = components.map(checkPart).find((one) => one !== undefined)
  return refusal === undefined ? { components: components.map(writePart) } : { refusal }
}

function checkPart(component: TemplateComponent): Refusal | undefined {
  const { type, text } = component
  if (type === 'BODY' && text === undefined) {
    const recommends = component['add_security_recommendation'] ?? false
    return typeof recommends === 'boolean'
      ? undefined
      : refuseDraft('add_security_recommendation is true or false')
  }
  if (type === 'FOOTER' && text === undefined) {
    const minutes = component['code_expiration_minutes']
    return typeof minutes === 'number' &&
      Number.isInteger(minutes) &&
      minutes >= MINUTES.least &&
      minutes <= MINUTES.most
      ? undefined
      : refuseDraft(
          `code_expiration_minutes is a whole number from ${String(MINUTES.least)} to ${String(MINUTES.most)}`,
        )
  }
  const codes = (component.buttons ?? []).filter((button) => button.type === 'OTP')
  if (codes.length > 1) return refuseDraft('at most 1 button of type OTP')
  return codes.every((button) => OTP_TYPES.includes(otpTypeOf(button)))
    ? undefined
    : refuseDraft(`otp_type is one of ${OTP_TYPES.join(', ')}`)
}

function writePart(component: TemplateComponent): TemplateComponent {
  const { type, text, buttons } = component
  if (type === 'BODY' && text === undefined) {
    const advice = component['add_security_recommendation'] === true ? ' Tell it to nobody.' : ''
    return {
      ...component,
      text: `Use the code *{{1}}* to go on.${advice}`,
      example: { body_text: [[EXAMPLE_CODE]] },
    }
  }
  if (type === 'FOOTER' && text === undefined) {
    const minutes = String(component['code_expiration_minutes'])
    return { ...component, text: `It is good for ${minutes} min.` }
  }
  if (buttons === undefined) return component
  return { ...component, buttons: buttons.map(writeButton) }
}

/** A button for a code is a URL that the app opens by itself: a message fills its variable, as any URL's. */
function writeButton(button: TemplateButton): TemplateButton {
  if (button.type !== 'OTP') return button
  const { text = '' } = button
  const url = `https://www.whatsapp.com/otp/code/?otp_type=${otpTypeOf(button)}&code=otp`
  return {
    type: 'URL',
    text: text === '' ? 'Copy' : text,
    url: `${url}{{1}}`,
    example: [`${url}${EXAMPLE_CODE}`],
  }
}

function otpTypeOf(button: TemplateButton): string {
  const type = button['otp_type']
  return typeof type === 'string' ? type.toUpperCase() : ''
}
