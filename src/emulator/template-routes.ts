import { answerJson, answerRefusal } from './graph-call.ts'
import type { GraphAnswer, GraphCall } from './graph-call.ts'
import { isObject, parseJson, textOf } from './json.ts'
import type { JsonObject } from './json.ts'
import { renderHealth } from './number-routes.ts'
import { paginate } from './paginate.ts'
import { pickFields } from './pick-fields.ts'
import { refuse, refuseParameter } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import type { Review } from './review-script.ts'
import { refuseDraft } from './refuse-draft.ts'
import { CATEGORIES, checkDraft } from './template-rules.ts'
import { changeTemplate } from './template-changes.ts'
import { createSendPlan } from './template.ts'
import type { Template } from './template.ts'
import type { World } from './world.ts'

const LIST_FIELDS = [
  'name',
  'parameter_format',
  'components',
  'language',
  'status',
  'category',
  'id',
]
const NODE_TYPE = 'WhatsAppMessageTemplate'
const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS
const CREATIONS_PER_HOUR = 100
const TEMPLATES = 6000
const EDITS_PER_MONTH = 10
const LANGUAGE = /^[a-z]{2,3}(?:_[A-Z]{2,3})?$/
/** Languages that exist with a region only. */
const REGIONAL = ['pt', 'zh']

/** `GET /{WABA}/message_templates` (reference, section 3.1). */
export function listTemplates(world: World, call: GraphCall): GraphAnswer {
  const { query } = call
  const name = query.get('name')
  const part = query.get('name_or_content')
  const found = world.templates
    .list()
    .filter(
      (template) =>
        (name === null || template.name === name) &&
        (part === null || contains(template, part)) &&
        isAmong(query.get('status'), template.status) &&
        isAmong(query.get('category'), template.category) &&
        isAmong(query.get('language'), template.language) &&
        isAmong(query.get('quality_score'), template.qualityScore),
    )
  const page = paginate(found, call, world.cursors.generation)
  if ('refusal' in page) return answerRefusal(page.refusal)
  const data: JsonObject[] = []
  for (const template of page.data) {
    const picked = pickFields(render(world, template), query.get('fields'), LIST_FIELDS, NODE_TYPE)
    if ('refusal' in picked) return answerRefusal(picked.refusal)
    data.push(picked.node)
  }
  return answerJson({ ...page, data })
}

function contains(template: Template, part: string): boolean {
  return template.name.includes(part) || template.plan.body.text.includes(part)
}

/** A filter is one value, or a JSON list of them. */
function isAmong(filter: string | null, value: string): boolean {
  if (filter === null || filter === '') return true
  const list = filter.startsWith('[') ? parseJson(filter) : [filter]
  return Array.isArray(list) && list.includes(value)
}

/** `POST /{WABA}/message_templates`: into review, decided a moment later. */
export function createTemplate(world: World, call: GraphCall): GraphAnswer {
  const body = parseJson(call.body.toString('utf8'))
  if (!isObject(body)) return answerRefusal(refuseParameter('The parameter name is required.'))
  const { name, language } = body
  const refusal = checkIdentity(world, body)
  if (refusal !== undefined) return answerRefusal(refusal)
  const check = checkDraft(body)
  if ('refusal' in check) return answerRefusal(check.refusal)
  const ttl = body['message_send_ttl_seconds']
  const review = world.reviews.next({ name: String(name), language: String(language) })
  const template = world.templates.add(
    {
      name: String(name),
      language: String(language),
      // At once, whatever was asked for (reference, section 3.5).
      category: review.category ?? textOf(body['category']).toUpperCase(),
      status: 'PENDING',
      ttlSeconds: typeof ttl === 'number' ? ttl : null,
      ...check.draft,
    },
    world.settings.clock(),
  )
  decide(world, template, review)
  return answerJson({ id: template.id, status: template.status, category: template.category })
}

function checkIdentity(world: World, body: JsonObject): Refusal | undefined {
  const { name, language, category } = body
  const nowMs = world.settings.clock()
  if (typeof name !== 'string' || !/^[a-z0-9_]{1,512}$/.test(name)) {
    return refuseDraft('the name has 1 to 512 lower-case letters, digits and underscores')
  }
  if (typeof language !== 'string' || !LANGUAGE.test(language) || REGIONAL.includes(language)) {
    return refuseParameter('Param language must be a language code.')
  }
  if (!(CATEGORIES as readonly unknown[]).includes(textOf(category).toUpperCase())) {
    return refuseParameter(`Param category must be one of {${CATEGORIES.join(', ')}}.`)
  }
  if (world.templates.find(name, language) !== undefined) {
    return refuseDraft('content in this language already exists', 2388024)
  }
  const deletedAt = world.templates.deletedAt(name)
  if (deletedAt !== undefined && nowMs - deletedAt < 30 * DAY_MS) {
    return refuseDraft('the name of a deleted template rests for 30 days', 2388023)
  }
  if (world.templates.list().length >= TEMPLATES) return refuse(2388019)
  return world.templates.createdSince(nowMs - HOUR_MS) >= CREATIONS_PER_HOUR
    ? refuse(80008, 'Too many templates created in an hour')
    : undefined
}

function decide(world: World, template: Template, review: Review): void {
  const { status, reason, delayMs = world.settings.reviewMs } = review
  world.timers.schedule(delayMs, () => {
    if (template.status === 'PENDING') void changeTemplate(world, template, { status, reason })
  })
}

/** `GET /{TEMPLATE}` */
export function getTemplate(world: World, call: GraphCall, template: Template): GraphAnswer {
  const picked = pickFields(
    render(world, template),
    call.query.get('fields'),
    LIST_FIELDS,
    NODE_TYPE,
  )
  return 'refusal' in picked ? answerRefusal(picked.refusal) : answerJson(picked.node)
}

/** `POST /{TEMPLATE}`: components as a whole, category, time to live (reference, section 3.3). */
export function editTemplate(world: World, call: GraphCall, template: Template): GraphAnswer {
  const body = parseJson(call.body.toString('utf8'))
  if (!isObject(body)) return answerRefusal(refuseParameter('Nothing to change.'))
  const nowMs = world.settings.clock()
  const refusal = checkEdit(template, body, nowMs)
  if (refusal !== undefined) return answerRefusal(refusal)
  if (body['components'] !== undefined) {
    const check = checkDraft({
      parameter_format: template.parameterFormat,
      category: template.category,
      ...body,
    })
    if ('refusal' in check) return answerRefusal(check.refusal)
    template.components = check.draft.components
    template.parameterFormat = check.draft.parameterFormat
    template.plan = createSendPlan(template.components)
  }
  if (body['category'] !== undefined) template.category = textOf(body['category']).toUpperCase()
  const ttl = body['message_send_ttl_seconds']
  if (typeof ttl === 'number') template.ttlSeconds = ttl
  if (template.status === 'APPROVED') template.editedAtMs.push(nowMs)
  template.status = 'PENDING'
  decide(world, template, world.reviews.next(template))
  return answerJson({ success: true })
}

function checkEdit(template: Template, body: JsonObject, nowMs: number): Refusal | undefined {
  if (!['APPROVED', 'REJECTED', 'PAUSED'].includes(template.status)) {
    return refuse(2388039, `A template that is ${template.status} cannot be edited`)
  }
  const category = body['category']
  if (template.status !== 'APPROVED') return undefined
  if (category !== undefined && textOf(category).toUpperCase() !== template.category) {
    return refuseDraft('the category of an approved template cannot be edited')
  }
  const recent = template.editedAtMs.filter((at) => nowMs - at < 30 * DAY_MS)
  const last = recent.at(-1) ?? -Infinity
  return nowMs - last < DAY_MS || recent.length >= EDITS_PER_MONTH
    ? refuse(2388039, 'An approved template can be edited once a day and ten times in 30 days')
    : undefined
}

/** `DELETE /{WABA}/message_templates` by name, by name and id, or by ids. */
export function deleteTemplates(world: World, call: GraphCall): GraphAnswer {
  const name = call.query.get('name')
  const ids = readIds(call.query)
  const found = world.templates
    .list()
    .filter((one) => (ids === null || ids.includes(one.id)) && (name === null || one.name === name))
  if (name === null && ids === null) {
    return answerRefusal(refuseParameter('The parameter name is required.'))
  }
  if (found.length === 0) {
    return answerRefusal(refuseDraft('there is no such template', 2593002))
  }
  if (found.some((one) => one.status === 'DISABLED')) {
    return answerRefusal(refuseDraft('a disabled template cannot be deleted'))
  }
  for (const template of found) world.templates.remove(template, world.settings.clock())
  return answerJson({ success: true })
}

function readIds(query: URLSearchParams): string[] | null {
  const one = query.get('hsm_id')
  if (one !== null) return [one]
  const many = query.get('hsm_ids')
  const list = many === null ? null : parseJson(many)
  return Array.isArray(list) ? list.map(String) : null
}

/** `POST /{TEMPLATE}/unpause` */
export async function unpauseTemplate(world: World, template: Template): Promise<GraphAnswer> {
  if (template.status !== 'PAUSED') {
    return answerRefusal(refuse(2388039, 'Only a paused template can be unpaused'))
  }
  await changeTemplate(world, template, { status: 'APPROVED', title: 'UNPAUSE' })
  return answerJson({ success: true })
}

function render(world: World, template: Template): JsonObject {
  return {
    id: template.id,
    name: template.name,
    language: template.language,
    status: template.status,
    category: template.category,
    previous_category: template.previousCategory ?? undefined,
    correct_category: undefined,
    parameter_format: template.parameterFormat,
    components: template.components,
    quality_score: {
      score: template.qualityScore,
      date: Math.floor(template.createdAtMs / 1000),
    },
    rejected_reason: template.rejectedReason,
    message_send_ttl_seconds: template.ttlSeconds ?? undefined,
    cta_url_link_tracking_opted_out: false,
    health_status: renderHealth(world, template),
  }
}
