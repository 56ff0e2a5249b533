import { expect, it } from 'vitest'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

describeEachMigratedDatabase('the connections of a pool', (open) => {
  it('are counted: at work, free, and how many wait for one', async () => {
    const database = await open()
    await database.query('select 1')
    const { max, busy, idle } = database.connections()
    expect({ busy, waiting: database.connections().waiting }).toEqual({ busy: 0, waiting: 0 })
    expect(idle).toBeGreaterThanOrEqual(1)

    let finish = (): void => undefined
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const starts = Array.from({ length: max }, () => {
      let begun = (): void => undefined
      const hasBegun = new Promise<void>((resolve) => {
        begun = resolve
      })
      const work = database.transaction(() => {
        begun()
        return finished
      })
      return { hasBegun, work }
    })
    await Promise.all(starts.map(({ hasBegun }) => hasBegun))
    const waiting = database.query('select 1')
    expect(database.connections()).toEqual({ max, busy: max, idle: 0, waiting: 1 })
    finish()
    await Promise.all([waiting, ...starts.map(({ work }) => work)])
    expect(database.connections()).toMatchObject({ busy: 0, waiting: 0 })
    await database.close()
  })
})
