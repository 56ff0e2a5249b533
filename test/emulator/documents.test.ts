import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BEHAVIOUR_NAMES, WEBHOOK_FATES } from '../../src/emulator/behaviour.ts'
import { MAGIC_NUMBERS } from '../../src/emulator/magic-numbers.ts'
import { PRELOADED_TEMPLATES } from '../../src/emulator/preloaded-templates.ts'

const page = readFileSync(new URL('../../docs/emulator.md', import.meta.url), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()))

describe('docs/emulator.md', () => {
  it.each(MAGIC_NUMBERS)('has $number', ({ number, behaviour, what }) => {
    expect(rows).toContainEqual(['', `\`${number}\``, `\`${behaviour}\``, what, ''])
  })

  it.each([...BEHAVIOUR_NAMES, ...WEBHOOK_FATES])('names %s', (name) => {
    expect(page).toContain(`\`${name}\``)
  })

  it.each(PRELOADED_TEMPLATES)('names the template $name in $language', ({ name, language }) => {
    expect(page).toContain(`\`${name}\``)
    expect(page).toContain(`\`${language}\``)
  })

  it('marks every behaviour as documented, observed or assumed', () => {
    const marked = page.slice(page.indexOf('## How sure we are'), page.indexOf('## Memory'))
    const marks = marked
      .split('\n')
      .filter((line) => line.startsWith('| ') && !/^\| (behaviour|-+) /.test(line))
      .map((line) => line.split('|').at(-2)?.trim() ?? '')
    expect(marks.length).toBeGreaterThan(40)
    const odd = marks.filter((mark) => !/^(documented|observed|assumed)\b/.test(mark))
    // The one row on what is not emulated at all.
    expect(odd).toEqual([''])
  })
})
