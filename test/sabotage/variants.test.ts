import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { VARIANTS } from './variants.mjs'

describe('each fault that npm run test:sabotage builds in', () => {
  it.each(VARIANTS)('finds its place: $name', ({ file, find }) => {
    expect(
      readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split(find),
    ).toHaveLength(2)
  })
})
