import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { writeApiTypes } from '../support/api-types.ts'

// A file of its own: the document names schemas by a registry of the process, which has to be new.
it('finds the types made from the OpenAPI document current', async () => {
  const file = new URL('../../src/library/api-types.ts', import.meta.url)
  expect(await writeApiTypes(), 'not current: npm run generate').toBe(readFileSync(file, 'utf8'))
})
