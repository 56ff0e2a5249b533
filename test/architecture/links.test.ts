import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './source-files.ts'

const pages = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join('docs', file)),
]

describe('the pages', () => {
  it.each(pages)('%s links only to files and sections that are there', (page) => {
    const broken = linksOf(read(page)).filter((link) => {
      const [target = '', anchor] = link.split('#')
      const file = target === '' ? page : path.posix.join(path.posix.dirname(page), target)
      if (!existsSync(path.join(ROOT, file))) return true
      return anchor !== undefined && file.endsWith('.md') && !anchorsOf(read(file)).has(anchor)
    })
    expect(broken).toEqual([])
  })
})

describe('the check of links', () => {
  it('reads links outside of code, and headings as GitHub names them', () => {
    const text = [
      '# One `word`, & more!',
      '## Twice',
      '## Twice',
      '[a](x.md#y) [b](https://else.where) `[c](d)`',
      '```md',
      '# none',
      '[e](f)',
      '```',
      '<a id="own"></a>',
    ].join('\n')
    expect(linksOf(text)).toEqual(['x.md#y'])
    expect([...anchorsOf(text)]).toEqual(['one-word--more', 'twice', 'twice-1', 'own'])
  })
})

function read(page: string): string {
  return readFileSync(path.join(ROOT, page), 'utf8')
}

/** Those to other places of the repository. */
function linksOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
}

function anchorsOf(text: string): Set<string> {
  const prose = text.replaceAll(/^( *)```[\s\S]*?^ *```$/gm, '')
  const anchors = new Set<string>()
  const counts = new Map<string, number>()
  for (const [, heading = ''] of prose.matchAll(/^#+ (.*)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    const count = counts.get(slug) ?? 0
    counts.set(slug, count + 1)
    anchors.add(count === 0 ? slug : `${slug}-${String(count)}`)
  }
  for (const [, id = ''] of prose.matchAll(/<a id="([^"]+)">/g)) anchors.add(id)
  return anchors
}

function withoutCode(text: string): string {
  return text.replaceAll(/^( *)```[\s\S]*?^ *```$/gm, '').replaceAll(/`[^`\n]*`/g, '')
}
