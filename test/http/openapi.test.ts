import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApp } from '../../src/app.ts'
import { shareDatabase } from '../../src/db/pglite.ts'
import { ERROR_CODES } from '../../src/lib/errors.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { setupApi } from '../support/api.ts'
import { readDocumented } from '../support/documented.ts'
import type { Documented, DocumentedOperation } from '../support/documented.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { testConfig } from '../support/test-config.ts'

/** What the service registers, as it registers it: Fastify tells of each server that it makes. */
const served: { method: string; url: string }[] = []
function listenToServers(message: unknown): void {
  const { fastify } = message as { fastify: FastifyInstance }
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) served.push({ method: one, url })
  })
}
const SERVERS = 'fastify.initialization'

/** What the interface names beside the API: pages for people, and the document itself. */
const NO_OPERATION = /^\/(?:$|docs|openapi\.json)/
/** Never answered by an operation: its address, its method or its bytes are none of the API's. */
const OUTSIDE = ['method_not_allowed', 'configuration']

describe('the OpenAPI document', () => {
  subscribe(SERVERS, listenToServers)
  const { call, running } = setupApi()
  afterAll(() => unsubscribe(SERVERS, listenToServers))
  let documented: Documented
  beforeAll(async () => {
    documented = await readDocumented(running().url)
  })
  const operations = (): [string, DocumentedOperation][] =>
    Object.entries(documented.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, DocumentedOperation] => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    )

  it('has every route that the service has, and none more', () => {
    const all = served
      .filter(({ method, url }) => method !== 'HEAD' && !NO_OPERATION.test(url))
      .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(
      operations()
        .map(([route]) => route)
        .sort(),
    ).toEqual([...new Set(all)].sort())
  })

  it('has an operation behind each route that it names', async () => {
    for (const [route] of operations()) {
      const [method = '', path = ''] = route.split(' ')
      const address = path.replaceAll(/\{\w+\}/g, 'none')
      // Without a key nothing is done, and what is not there is told from what is forbidden.
      if (path.endsWith('/webhook') || !path.startsWith('/api/')) continue
      const answer = await call(address, { method, key: null })
      expect([route, answer.status]).toEqual([route, path.endsWith('/health') ? 200 : 401])
    }
  })

  it('describes each answer by a schema, with an example that fits it', () => {
    for (const [route, { responses }] of operations()) {
      for (const [status, answer] of Object.entries(responses)) {
        if (status === '204' || route === 'POST /api/v1/whatsapp/webhook') continue
        const medias = Object.entries(answer.content ?? {})
        expect([route, status, medias.length]).not.toEqual([route, status, 0])
        for (const [type, { schema, example, examples }] of medias) {
          const values = [
            ...(example === undefined ? [] : [example]),
            ...Object.keys(examples ?? {}).map(
              (code) => documented.document.components.examples[code]?.value,
            ),
          ]
          expect([route, status, type, values.length]).not.toEqual([route, status, type, 0])
          for (const value of values) {
            expect([route, status, documented.faultsOf(schema, value)]).toEqual([route, status, []])
          }
        }
      }
    }
  })

  it('has an example of each body, which fits its schema', () => {
    for (const [route, { requestBody }] of operations()) {
      for (const [type, { schema, examples }] of Object.entries(requestBody?.content ?? {})) {
        const values = Object.values(examples ?? {})
        expect([route, type, values.length]).not.toEqual([route, type, 0])
        for (const { value } of values) {
          expect([route, type, documented.faultsOf(schema, value)]).toEqual([route, type, []])
        }
      }
    }
  })

  it('has examples of bodies that the service itself understands', async () => {
    for (const [route, { requestBody }] of operations()) {
      const [method = '', path = ''] = route.split(' ')
      if (path.endsWith('/webhook') || path.endsWith('/samples') || path.endsWith('/doctor'))
        continue
      for (const [type, { examples }] of Object.entries(requestBody?.content ?? {})) {
        for (const { value } of Object.values(examples ?? {})) {
          const body = typeof value === 'string' ? value : JSON.stringify(value)
          const answer = await call(path.replaceAll(/\{\w+\}/g, 'example'), {
            method,
            body,
            headers: { 'content-type': type },
          })
          // Nobody answers for Meta here, no message has the id, and no window is open.
          const fine = ['not_found', 'window_closed', 'unavailable', undefined]
          expect(fine, `${route} ${answer.text}`).toContain(answer.body['code'])
        }
      }
    }
  })

  it('has each code of the interface at some route, with its words', () => {
    const named = new Set(
      operations().flatMap(([, { responses }]) =>
        Object.values(responses).flatMap(({ content }) =>
          Object.keys(content?.['application/problem+json']?.examples ?? {}),
        ),
      ),
    )
    expect([...named].sort()).toEqual(ERROR_CODES.filter((code) => !OUTSIDE.includes(code)).sort())
  })

  it('names its components the same for a second service in one process', async () => {
    const config = { ...testConfig('http://127.0.0.1:9'), roles: ['api', 'webhook'] as const }
    const database = shareDatabase(await openAnyMigrated())
    const second = await startApp(config, database, createLogger('silent'))
    try {
      const other = await readDocumented(second.url)
      expect(other.document).toEqual(documented.document)
      const names = Object.keys(other.document.components.schemas)
      expect(names.filter((name) => name.endsWith('Input'))).toEqual([])
    } finally {
      await second.stop()
    }
  })
})
