import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { openMigrated } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { ADMIN_KEY } from '../support/test-config.ts'

interface Check {
  name: string
  result: string
  detail: string
  remedy: string | null
  guide: string | null
}

describe('the checklist before going live', () => {
  let world: World
  beforeAll(async () => {
    const database = await openMigrated({ kind: 'pglite' })
    world = await openWorld(database)
    const id = await world.publish(orderEvent(1, { language: 'es' }))
    await world.until(id, 'read')
  })
  afterAll(() => world.close())

  const examine = async (): Promise<{ ok: boolean; checks: Check[] }> => {
    const response = await fetch(`${world.app.url}/api/v1/doctor`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    })
    expect(response.status).toBe(200)
    return (await response.json()) as { ok: boolean; checks: Check[] }
  }
  it('fails nowhere where everything is right, and warns of the embedded database', async () => {
    const { ok, checks } = await examine()
    expect(checks.filter((check) => check.result === 'failed')).toEqual([])
    expect(ok).toBe(true)
    expect(checks.filter((check) => check.result === 'warning').map((check) => check.name)).toEqual(
      ['database'],
    )
    expect(checks.find((check) => check.name === 'templates')?.detail).toContain('es')
  })

  it('needs an administrator', async () => {
    const response = await fetch(`${world.app.url}/api/v1/doctor`, { method: 'POST' })
    expect(response.status).toBe(401)
  })
})
