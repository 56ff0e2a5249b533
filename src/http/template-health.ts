import type { RegisteredTemplate } from '../template/registered-template.ts'
import type { HealthPart } from './contract.ts'

type Dear = Pick<RegisteredTemplate, 'template_name' | 'language' | 'category'>

/** Orders that go out as marketing cost more, and do not reach everybody (reference, section 3.5). */
export function withDearTemplates(part: HealthPart, dear: readonly Dear[]): HealthPart {
  if (part.status !== 'ok' || dear.length === 0) return part
  const names = (isNow: boolean): string =>
    dear
      .filter(({ category }) => (category === 'MARKETING') === isNow)
      .map(({ template_name, language }) => `${template_name}/${language}`)
      .join(', ')
  const [now, soon] = [names(true), names(false)]
  const words = [
    ...(now === '' ? [] : [`orders go out as marketing with ${now}`]),
    ...(soon === '' ? [] : [`Meta will count as marketing: ${soon}`]),
  ]
  return {
    status: 'degraded',
    detail: `${words.join('; ')}. Each message costs the rate of marketing instead of that of utility, and numbers in the United States get none`,
    remedy:
      'Submit a plainer wording under a new name (aviso templates lint says what reads like an advertisement), or appeal in WhatsApp Manager. Where it is meant to be so, leave it.',
  }
}
