import type { Logger } from '../lib/logger.ts'
import type { TemplateChange } from './merge-templates.ts'

const DEARER =
  'Meta charges marketing templates more than utility templates, holds them back from recipients who have had enough of them, and does not deliver them to numbers in the United States.'

/** What a change costs, in a sentence; null where that is not known. */
export type CostOfChange = (change: TemplateChange) => Promise<string | null>

/**
 * One line a template that changed. A template of orders that became MARKETING is an alert: it costs
 * more and stops for some suppliers (reference, section 3.5). That one may not be sent is alerted when
 * it holds a message.
 */
export function logChanges(
  logger: Logger,
  changes: readonly TemplateChange[],
  costOfChange: CostOfChange,
): void {
  for (const change of changes) {
    const { template_name, language, status, quality, rejected_reason, said } = change
    const named = { template: template_name, language }
    if (isMarketing(change)) void alertCategory(logger, change, costOfChange)
    if (status.from === null || status.from === status.to) continue
    const line = { ...named, status, quality, rejected_reason, said }
    logger.info(line, 'WhatsApp template.changed')
  }
}

/** After the cost was read; without it where it cannot be. */
async function alertCategory(
  logger: Logger,
  change: TemplateChange,
  costOfChange: CostOfChange,
): Promise<void> {
  const { template_name: template, language, category, correct_category } = change
  const cost = await costOfChange(change).catch(() => null)
  const detail = cost === null ? DEARER : `${DEARER} ${cost}`
  const line = { template, language, category, correct_category, detail }
  logger.error(line, 'WhatsApp template.category_changed')
}

/** It is dearer now, or Meta has announced that it will be. */
function isMarketing({ category, correct_category }: TemplateChange): boolean {
  const wasOther = category.from !== null && category.from !== 'MARKETING'
  return wasOther && (category.to === 'MARKETING' || correct_category === 'MARKETING')
}
