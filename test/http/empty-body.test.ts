import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { setupApi } from '../support/api.ts'

interface Operation {
  requestBody?: unknown
}

describe('an address that takes no body', () => {
  const { call } = setupApi()

  it.each(['application/json', 'application/x-www-form-urlencoded'])(
    'does not mind that a client calls nothing %s',
    async (type) => {
      const { body } = await call('/openapi.json', { key: null })
      const paths = body['paths'] as Record<string, Record<string, Operation>>
      const actions = Object.entries(paths).flatMap(([path, operations]) =>
        ['post', 'delete']
          .filter((method) => operations[method] && operations[method].requestBody === undefined)
          .map((method) => ({ method: method.toUpperCase(), path })),
      )
      expect(actions.length).toBeGreaterThan(8)
      for (const { method, path } of actions) {
        const address = path.replaceAll(/\{\w+\}/g, randomUUID())
        const answer = await call(address, { method, headers: { 'content-type': type } })
        expect(`${method} ${path} ${String(answer.status)}`).toMatch(/ (?:2\d\d|404|409|503)$/)
      }
    },
  )

  it('still says of an address that takes one that it is empty', async () => {
    const headers = { 'content-type': 'application/json' }
    for (const path of ['/api/v1/keys', '/api/v1/events', '/api/v1/whatsapp/messages']) {
      const answer = await call(path, { method: 'POST', headers })
      expect([answer.status, answer.body['code']]).toEqual([400, 'invalid_json'])
    }
  })
})
