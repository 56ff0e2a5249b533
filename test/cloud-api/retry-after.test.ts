import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from '../../src/cloud-api/retry-after.ts'

const NOW = Date.parse('2026-11-23T10:00:00Z')

describe('Retry-After', () => {
  it.each<[string | undefined, number | null]>([
    [undefined, null],
    ['', null],
    ['soon', null],
    ['-5', null],
    ['1.5', null],
    ['0', 0],
    ['120', 120_000],
    [' 120 ', 120_000],
    ['99999999999', 86_400_000],
    ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
    ['Wed, 23 Nov 2050 09:00:00 GMT', 86_400_000],
  ])('%j asks for %j ms', (header, ms) => {
    expect(parseRetryAfter(header, NOW)).toBe(ms)
  })
})
