import type { JsonObject } from './json.ts'
import type { Template } from './template.ts'
import type { World } from './world.ts'

export interface TemplateChange {
  status?: string | undefined
  /** `reason` of a rejection, e.g. `INVALID_FORMAT`. */
  reason?: string | undefined
  /** `other_info.title`: `FIRST_PAUSE`, `SECOND_PAUSE`, `UNPAUSE`, `DISABLED` … */
  title?: string | undefined
  quality?: string | undefined
  category?: string | undefined
}

const TITLES: Readonly<Record<string, string>> = { PAUSED: 'FIRST_PAUSE', DISABLED: 'DISABLED' }

/** Changes a template and sends the webhooks that Meta sends for it (reference, section 3.6). */
export async function changeTemplate(
  world: World,
  template: Template,
  change: TemplateChange,
): Promise<void> {
  const { feed } = world
  const sends: Promise<void>[] = []
  if (change.status !== undefined) {
    template.status = change.status
    template.rejectedReason =
      change.status === 'REJECTED' ? (change.reason ?? 'INVALID_FORMAT') : 'NONE'
    sends.push(feed.account('message_template_status_update', describeStatus(template, change)))
  }
  if (change.quality !== undefined) {
    const previous = template.qualityScore
    template.qualityScore = change.quality
    sends.push(
      feed.account('message_template_quality_update', {
        previous_quality_score: previous,
        new_quality_score: change.quality,
        ...identify(template),
      }),
    )
  }
  if (change.category !== undefined) {
    template.previousCategory = template.category
    template.category = change.category
    sends.push(
      feed.account('template_category_update', {
        ...identify(template),
        previous_category: template.previousCategory,
        new_category: change.category,
      }),
    )
  }
  await Promise.all(sends)
}

function describeStatus(template: Template, change: TemplateChange): JsonObject {
  const { status } = template
  const title = change.title ?? TITLES[status]
  const value: JsonObject = {
    event: status,
    ...identify(template),
    reason: template.rejectedReason,
    message_template_category: template.category,
  }
  if (title !== undefined) {
    value['other_info'] = { title, description: `Emulated change to ${status}` }
  }
  if (status === 'REJECTED') {
    value['rejection_info'] = {
      reason: `Emulated rejection: ${template.rejectedReason}`,
      recommendation: 'Change the wording and submit it again',
    }
  }
  return value
}

/** The id is turned into a JSON number where the envelope is written. */
function identify(template: Template): JsonObject {
  return {
    message_template_id: template.id,
    message_template_name: template.name,
    message_template_language: template.language,
  }
}
