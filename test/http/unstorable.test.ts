import { describe, expect, it } from 'vitest'
import { setupApi } from '../support/api.ts'

interface Operation {
  parameters?: { name: string; in: string }[]
}

/** What no id is, and an old look at ids took for one. */
const DASHES = '-'.repeat(36)
const NO_ID = '00000000-0000-4000-8000-000000000000'

describe('what the database cannot keep', () => {
  const { call, running } = setupApi()

  it('is refused in every query parameter, and finds nothing in an address', async () => {
    const document = (await (await fetch(`${running().url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, Operation>>
    }
    const asked = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, operation]) => [
        ...parametersOf(operation, 'query').map((name) => ({
          method: method.toUpperCase(),
          path: `${fill(path, NO_ID)}?${name}=a%00b`,
        })),
        ...(path.includes('{') ? ['%00', DASHES] : []).map((id) => ({
          method: method.toUpperCase(),
          path: fill(path, id),
        })),
      ]),
    )
    expect(asked.length).toBeGreaterThan(40)
    for (const { method, path } of asked) {
      const body = ['GET', 'DELETE'].includes(method) ? undefined : '{}'
      const answer = await call(path, { method, ...(body !== undefined && { body }) })
      expect(answer.status, `${method} ${path}: ${answer.text}`).toBeGreaterThanOrEqual(400)
      expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(500)
    }
  })

  const text = { type: 'text', to: '+34612345678' }
  const draft = { category: 'UTILITY', language: 'es', components: [] }
  it.each<[string, string, string, (text: string) => unknown]>([
    ['POST', '/api/v1/keys', 'name', (name) => ({ name, role: 'viewer' })],
    ['POST', '/api/v1/doctor', 'send_test', (number) => ({ send_test: number })],
    ['POST', '/api/v1/whatsapp/messages', 'text.body', (body) => ({ ...text, text: { body } })],
    ['POST', '/api/v1/whatsapp/templates', 'name', (name) => ({ ...draft, name })],
    ['POST', '/api/v1/whatsapp/templates/lint', 'name', (name) => ({ ...draft, name })],
    ['PUT', '/api/v1/suppliers/s-1', 'name', (name) => ({ name })],
    ['PUT', '/api/v1/suppliers/s-1', 'metadata.a', (a) => ({ name: 'S', metadata: { a } })],
  ])('is refused by %s %s in %s', async (method, path, field, bodyOf) => {
    for (const [bad, code] of [
      ['a\0b', 'nul_character'],
      ['a\ud800b', 'lone_surrogate'],
    ] as const) {
      const answer = await call(path, { method, body: JSON.stringify(bodyOf(bad)) })
      expect(answer.status, answer.text).toBe(422)
      expect(answer.body['errors'], answer.text).toContainEqual(
        expect.objectContaining({ field, code }),
      )
    }
  })

  const [EARLY, LATE] = ['0000-12-31T23:59:59Z', '9999-12-31T23:59:59-01:00']
  it.each<[string, string, (time: string) => [string, unknown?]]>([
    ['GET', 'from', (time) => [`/api/v1/whatsapp/messages?from=${time}`]],
    ['GET', 'to', (time) => [`/api/v1/whatsapp/messages?to=${time}`]],
    ['GET', 'from', (time) => [`/api/v1/whatsapp/stats?from=${time}`]],
    ['GET', 'to', (time) => [`/api/v1/whatsapp/stats?group_by=day&to=${time}`]],
    ['GET', 'month', (time) => [`/api/v1/whatsapp/stats/forecast?month=${time.slice(0, 7)}`]],
    ['POST', 'created_from', (time) => [RELEASE, { ...RELEASED, created_from: time }]],
    ['POST', 'expires_at', (time) => ['/api/v1/keys', { ...KEY, expires_at: time }]],
    ['PUT', 'opted_out_at', (time) => ['/api/v1/suppliers/s-1', { name: 'S', opted_out_at: time }]],
  ])('is refused by %s as the time %s, while the years beside it are taken', async (...row) => {
    const [method, field, requestOf] = row
    const ask = async (time: string) => {
      const [path, body] = requestOf(time)
      return call(path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
    }
    for (const time of [EARLY, LATE]) {
      const answer = await ask(time)
      expect([400, 422], answer.text).toContain(answer.status)
      expect(answer.body['errors']).toMatchObject([{ field }])
    }
    if (field === 'month') return
    for (const time of ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
      const { status, text } = await ask(time)
      // Of a key the first is in the past.
      expect(status, text).toBeLessThan(field === 'expires_at' ? 423 : 300)
    }
  })
})

const KEY = { name: 'k', role: 'viewer' }
const RELEASE = '/api/v1/whatsapp/messages/release'
const RELEASED = { hold_reason: 'backlog_not_released', dry_run: true }

function parametersOf({ parameters = [] }: Operation, where: string): string[] {
  return parameters.filter((parameter) => parameter.in === where).map(({ name }) => name)
}

function fill(path: string, id: string): string {
  return path.replace(/\{\w+\}/, id)
}
