import { hash } from './phone-number.ts'
import { PRELOADED_TEMPLATES } from './preloaded-templates.ts'
import { createSendPlan } from './template.ts'
import type { NewTemplate, Template } from './template.ts'

/** The templates of the business account, found by id and by (name, language). */
export interface TemplateStore {
  find(name: string, language: string): Template | undefined
  findById(id: string): Template | undefined
  /** In the order of their making. */
  list(): Template[]
  add(template: NewTemplate, nowMs: number): Template
  remove(template: Template, nowMs: number): void
  /** When an approved template of this name was deleted, in ms; its name rests for 30 days. */
  deletedAt(name: string): number | undefined
  /** How many were made by a call since then. */
  createdSince(sinceMs: number): number
  /** Back to what every emulator starts with. */
  reset(nowMs: number): void
}

export function createTemplateStore(nowMs: number): TemplateStore {
  const byId = new Map<string, Template>()
  const byKey = new Map<string, Template>()
  const deleted = new Map<string, number>()
  let creations: number[] = []

  const add = (given: NewTemplate, createdAtMs: number): Template => {
    const template: Template = {
      ...given,
      id: createTemplateId(given.name, given.language, byId),
      previousCategory: null,
      qualityScore: 'UNKNOWN',
      rejectedReason: 'NONE',
      createdAtMs,
      editedAtMs: [],
      plan: createSendPlan(given.components),
    }
    byId.set(template.id, template)
    byKey.set(keyOf(template.name, template.language), template)
    return template
  }
  const reset = (atMs: number): void => {
    byId.clear()
    byKey.clear()
    deleted.clear()
    creations = []
    for (const template of PRELOADED_TEMPLATES) add(template, atMs)
  }
  reset(nowMs)

  return {
    find: (name, language) => byKey.get(keyOf(name, language)),
    findById: (id) => byId.get(id),
    list: () => [...byId.values()],
    add(template, atMs) {
      creations.push(atMs)
      return add(template, atMs)
    },
    remove(template, atMs) {
      if (template.status === 'APPROVED') deleted.set(template.name, atMs)
      byId.delete(template.id)
      byKey.delete(keyOf(template.name, template.language))
    },
    createdSince(sinceMs) {
      creations = creations.filter((atMs) => atMs > sinceMs)
      return creations.length
    },
    deletedAt: (name) => deleted.get(name),
    reset,
  }
}

function keyOf(name: string, language: string): string {
  return `${name}\n${language}`
}

/**
 * 17 digits from name and language, so that a service which kept Meta's id finds the same template
 * again after the emulator was started anew.
 */
function createTemplateId(
  name: string,
  language: string,
  taken: ReadonlyMap<string, unknown>,
): string {
  for (let salt = 0; ; salt++) {
    const key = `${name}:${language}:${String(salt)}`
    const digits = `${String(hash(key)).padStart(10, '0')}${String(hash(`id ${key}`)).padStart(10, '0')}`
    const id = `9${digits.slice(-16)}`
    if (!taken.has(id)) return id
  }
}
