import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { describe, expect, it } from 'vitest'
import { fillErrorDocs } from '../../scripts/error-docs.ts'
import { ERROR_CATALOGUE } from '../../src/cloud-api/error-catalogue.ts'
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

  it('has tables that are what npm run generate writes', async () => {
    const file = path.join(ROOT, 'docs/errors.md')
    const options = (await resolveConfig(file)) ?? {}
    const written = await format(fillErrorDocs(page), { ...options, parser: 'markdown' })
    expect(page, 'run: npm run generate').toBe(written)
  })

  it('has every code of Meta that the service acts by, each once', () => {
    const anchors = [...page.matchAll(/<a id="meta-(\d+)">/g)].map(([, code]) => Number(code))
    const codes = ERROR_CATALOGUE.map(({ code }) => code)
    expect(anchors).toEqual(codes.sort((a, b) => a - b))
  })

  it('is led to by links that end somewhere', () => {
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, words]) =>
      (words ?? '')
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    )
    const ids = [...page.matchAll(/<a id="([\w-]+)">/g)].map(([, id]) => id ?? '')
    const docs = path.join(ROOT, 'docs')
    const links = readdirSync(docs)
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) => [
        ...readFileSync(path.join(docs, file), 'utf8').matchAll(/errors\.md#([\w-]+)/g),
      ])
      .map(([, target]) => target ?? '')
    expect(links.length).toBeGreaterThan(10)
    expect(links.filter((target) => ![...headings, ...ids].includes(target))).toEqual([])
  })

  it('has no code that the service does not know', () => {
    const known: readonly string[] = ERROR_CODES
    const anchors = [...page.matchAll(/<a id="(\w+)">/g)].map(([, id]) => id ?? '')
    expect(anchors.filter((id) => !known.includes(id))).toEqual([])
  })
})
