import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createProblem } from '../../src/http/problem.ts'
import { ERROR_CODES } from '../../src/lib/errors.ts'
import { HOLD_REASONS } from '../../src/message/message.ts'
import { ROOT } from './source-files.ts'

const page = readFileSync(path.join(ROOT, 'docs/errors.md'), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()))

/** The cells of a row after its first, by the code that stands in the first. */
function findRow(code: string): string[] | undefined {
  return rows.find(([, first]) => first?.replace(/^<a id="\w+"><\/a>/, '') === `\`${code}\``)
}

describe('docs/errors.md', () => {
  it.each(ERROR_CODES)('has %s, with its status, words, and a remedy', (code) => {
    const [, anchor, status, happened, remedy] = findRow(code) ?? []
    expect(anchor).toContain(`<a id="${code}">`)
    expect(status).toBe(String(createProblem(code, '', '').status))
    expect(happened).toMatch(/\.$/)
    expect(remedy).toMatch(/\.$/)
  })

  it.each(HOLD_REASONS)('says what a message held for %s waits for', (reason) => {
    expect(findRow(reason)?.[2]).toMatch(/\.$/)
  })

  it('has no code that the service does not know', () => {
    const known: readonly string[] = ERROR_CODES
    const anchors = [...page.matchAll(/<a id="(\w+)">/g)].map(([, id]) => id ?? '')
    expect(anchors.filter((id) => !known.includes(id))).toEqual([])
  })
})
