import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { run, temporaryDirectory } from './setup.ts'

describe('migrate', () => {
  it('shows the newest migration first, and makes no database to show that there is none', async () => {
    const parent = await temporaryDirectory()
    const env = { AVISO_DATA_DIR: path.join(parent, 'data') }
    const before = await run(['migrate', 'status'], { env })
    expect(before).toMatchObject({
      code: 1,
      err: [expect.stringContaining('There is no database')],
    })
    expect(before.out[0]).toBe('whatsapp001 pending')
    expect(await readdir(parent)).toEqual([])

    const { code, out } = await run(['migrate'], { env })
    const names = before.out.map((line) => line.replace(' pending', ''))
    const applied = names.map((name) => `${name} applied`)
    expect({ code, out }).toEqual({
      code: 0,
      out: [...applied, `${names.at(-1) ?? ''} is current`],
    })

    const after = await run(['migrate', 'status'], { env })
    expect(after).toEqual({ code: 0, out: applied.toReversed(), err: [] })
  })
})
