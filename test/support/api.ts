import { afterAll, beforeAll, expect } from 'vitest'
import { startApp } from '../../src/app.ts'
import type { App } from '../../src/app.ts'
import { shareDatabase } from '../../src/db/pglite.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { readDocumented } from './documented.ts'
import type { Documented } from './documented.ts'
import { openAnyMigrated } from './migrated-database.ts'
import { orderEvent } from './orders.ts'
import { ADMIN_KEY, testConfig } from './test-config.ts'

/** Nobody listens there: these suites are about the routes, and nothing is sent. */
const NOBODY = 'http://127.0.0.1:9'

export interface Answer {
  status: number
  headers: Headers
  text: string
  body: Record<string, unknown>
}

export interface Call {
  method?: string
  body?: string
  headers?: Record<string, string>
  /** Null: none. Default: the administrator's. */
  key?: string | null
}

/** The HTTP interface without a dispatcher, for the suite that calls this. */
export function setupApi() {
  let app: App | undefined
  let number = 0
  let documented: Promise<Documented> | undefined
  beforeAll(async () => {
    const database = await openAnyMigrated()
    const config = { ...testConfig(NOBODY), roles: ['api', 'webhook'] as const }
    app = await startApp(config, shareDatabase(database), createLogger('silent'))
  })
  afterAll(() => app?.stop())

  const running = (): App => {
    if (app === undefined) throw new Error('the service has not started')
    return app
  }
  const call = async (path: string, more: Call = {}): Promise<Answer> => {
    const key = more.key === undefined ? ADMIN_KEY : more.key
    const response = await fetch(running().url + path, {
      method: more.method ?? (more.body === undefined ? 'GET' : 'POST'),
      redirect: 'manual',
      headers: {
        // A connection that is kept may be closed by the service at the moment of the next request.
        connection: 'close',
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(more.body !== undefined && { 'content-type': 'application/json' }),
        ...more.headers,
      },
      ...(more.body !== undefined && { body: more.body }),
    })
    const text = await response.text()
    const type = (response.headers.get('content-type') ?? '').split(';', 1)[0] ?? ''
    const body = (type.includes('json') ? JSON.parse(text) : {}) as Record<string, unknown>
    // Each answer that any suite sees is held against the OpenAPI document.
    documented ??= readDocumented(running().url)
    const { differenceOf } = await documented
    const method = more.method ?? (more.body === undefined ? 'GET' : 'POST')
    expect(differenceOf({ method, path, status: response.status, type, body })).toBeUndefined()
    return { status: response.status, headers: response.headers, text, body }
  }
  return {
    running,
    call,
    post: (event: unknown, key?: string) =>
      call('/api/v1/events', { body: JSON.stringify(event), ...(key !== undefined && { key }) }),
    nextEvent: (data: Record<string, unknown> = {}, envelope: Record<string, unknown> = {}) => {
      number += 1
      return orderEvent(number, data, envelope)
    },
    createKey: async (role: string, tenantId?: string): Promise<string> => {
      const tenant = tenantId !== undefined && { tenant_id: tenantId }
      const answer = await call('/api/v1/keys', {
        body: JSON.stringify({ name: role, role, ...tenant }),
      })
      return String(answer.body['key'])
    },
  }
}
