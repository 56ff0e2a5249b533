import { expect, it, onTestFinished } from 'vitest'
import { startApp } from '../../src/app.ts'
import type { App, StartOptions } from '../../src/app.ts'
import { openPostgresPools } from '../../src/db/postgres.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { createMigratedDatabase } from '../support/migrated-database.ts'
import { describeWith } from '../support/describe-with.ts'
import { findFreePort } from '../support/free-port.ts'
import { orderEvent } from '../support/orders.ts'
import { openTcpProxy, through } from '../support/tcp-proxy.ts'
import { ADMIN_KEY, signedWebhook, testConfig } from '../support/test-config.ts'

/** Nobody listens there: nothing is sent. */
const NOBODY = 'http://127.0.0.1:9'
const RECOVERY = { timeout: 5000, interval: 20 }

describeWith('postgres', 'a service whose database is away', (postgres) => {
  const openWorld = async () => {
    const { adminUrl, prefix } = postgres()
    const target = new URL(await createMigratedDatabase(adminUrl, prefix))
    const proxy = await openTcpProxy(() => [Number(target.port || '5432')])
    onTestFinished(() => proxy.close())
    const port = await findFreePort()
    const url = `http://127.0.0.1:${String(port)}`
    const call = async (path: string, init: RequestInit = {}): Promise<number> => {
      const headers = new Headers(init.headers)
      headers.set('authorization', `Bearer ${ADMIN_KEY}`)
      if (init.body !== undefined) headers.set('content-type', 'application/json')
      return (await fetch(url + path, { ...init, headers })).status
    }
    return {
      proxy,
      call,
      order: (number: number) =>
        call('/api/v1/events', { method: 'POST', body: JSON.stringify(orderEvent(number)) }),
      health: async () => (await fetch(`${url}/api/v1/whatsapp/health`)).json(),
      webhook: () => call('/api/v1/whatsapp/webhook', signedWebhook({ entry: [] })),
      start(options: StartOptions, name = target.pathname): Promise<App> {
        const config = testConfig(NOBODY)
        const databases = openPostgresPools(new URL(name, through(proxy, target.href)).href)
        const starting = startApp(
          { ...config, http: { ...config.http, port } },
          databases,
          createLogger('silent'),
          options,
        )
        onTestFinished(async () => {
          await starting.then(
            (app) => app.stop(),
            () => databases.close(),
          )
        })
        return starting
      },
    }
  }

  it('says so from its start on, takes nothing, and goes on by itself when it comes', async () => {
    const { proxy, call, health, order, webhook, start } = await openWorld()
    proxy.cut()
    const away: string[] = []
    let isWorking = false
    const starting = start({
      waitForDatabaseMs: 60_000,
      onAway: (detail) => away.push(detail),
      beforeWork: () => Promise.resolve(void (isWorking = true)),
    })
    await expect.poll(() => away.length, RECOVERY).toBe(1)
    expect(away[0]).toMatch(/^the database cannot be reached: .*DATABASE_URL/)
    expect(await call('/healthz')).toBe(200)
    expect(await call('/readyz')).toBe(503)
    expect(await call('/api/v1/whatsapp/health')).toBe(503)
    expect(await health()).toEqual({ status: 'down' })
    expect(await webhook()).toBe(503)
    expect(await order(1)).toBe(503)
    expect(isWorking).toBe(false)
    proxy.restore()
    await expect.poll(() => call('/readyz'), RECOVERY).toBe(200)
    await starting
    expect(away).toHaveLength(1)
    expect(await webhook()).toBe(200)
    expect(await order(1)).toBe(202)
  })

  it('answers 503 while it is away later, and goes on by itself when it comes back', async () => {
    const { proxy, call, order, webhook, start } = await openWorld()
    const app = await start({})
    for (let round = 1; round <= 2; round += 1) {
      expect(await order(round)).toBe(202)
      proxy.cut()
      expect(await webhook()).toBe(503)
      expect(await order(100 + round)).toBe(503)
      expect(await call('/readyz')).toBe(503)
      expect(await call('/healthz')).toBe(200)
      proxy.restore()
      await expect.poll(() => call('/readyz'), RECOVERY).toBe(200)
      expect(await webhook()).toBe(200)
    }
    await app.stop()
  })

  it('ends its start when it waits for too long, or is told to stop', async () => {
    const { proxy, call, start } = await openWorld()
    proxy.cut()
    await expect(start({ waitForDatabaseMs: 150 })).rejects.toMatchObject({ code: 'unavailable' })
    const stopping = new AbortController()
    const starting = start({
      waitForDatabaseMs: 60_000,
      onAway: () => stopping.abort(),
      signal: stopping.signal,
    })
    await expect(starting).rejects.toThrow(/abort/)
    await expect(call('/healthz')).rejects.toThrow()
  })

  it('does not wait where only another address helps', async () => {
    const { start } = await openWorld()
    const starting = start({ waitForDatabaseMs: 60_000 }, '/aviso_test_that_nobody_made')
    await expect(starting).rejects.toMatchObject({ code: 'configuration' })
  })
})
