import { describe, expect, it } from 'vitest'
import rules from '../../import-rules.json' with { type: 'json' }
import { parseSource, readSourceFiles } from './source-files.ts'
import type { SourceFile } from './source-files.ts'

const files = readSourceFiles()
const places: Record<string, { may: string[]; types?: string[]; why: string }> = rules.folders

describe('the import graph of src/', () => {
  it('knows every folder and every file at the top', () => {
    const unknown = [...new Set(files.map((file) => file.place))].filter((place) => !places[place])
    expect(unknown, 'say in import-rules.json what it may import').toEqual([])
  })

  it('follows the arrows of import-rules.json', () => {
    expect(files.flatMap(forbiddenImports)).toEqual([])
  })

  it('lets only the composition root and its callers choose an implementation', () => {
    expect(files.flatMap(chosenImplementations)).toEqual([])
  })

  it('keeps pure files pure', () => {
    const missing = rules.pure.files.filter((name) => !files.some((file) => file.path === name))
    expect(missing, 'a pure file was renamed: mend import-rules.json').toEqual([])
    expect(files.flatMap(impureImports)).toEqual([])
  })

  it('has no cycles', () => {
    expect(findCycles(files)).toEqual([])
  })
})

describe('the checks themselves', () => {
  it('see static, dynamic, type and re-exporting imports', () => {
    const { imports } = parseSource(
      'intake/a.ts',
      `import type { X } from '../webhook/x.ts'
       import { type Y } from './y.ts'
       import { z } from 'zod'
       export { w } from '../lib/w.ts'
       const v = await import('../dispatcher/v.ts') // import('../no/comment.ts')`,
    )
    expect(imports).toEqual([
      { target: 'webhook/x.ts', ours: true, typeOnly: true },
      { target: 'intake/y.ts', ours: true, typeOnly: true },
      { target: 'zod', ours: false, typeOnly: false },
      { target: 'lib/w.ts', ours: true, typeOnly: false },
      { target: 'dispatcher/v.ts', ours: true, typeOnly: false },
    ])
  })

  it('find a forbidden arrow, a chosen implementation, an impure import and a cycle', () => {
    const stage = parseSource('intake/a.ts', `import type { X } from '../webhook/x.ts'`)
    expect(forbiddenImports(stage)).toHaveLength(1)
    const chooser = parseSource('http/server.ts', `await import('../db/pglite.ts')`)
    expect(chosenImplementations(chooser)).toHaveLength(1)
    const impure = parseSource('dispatcher/retry-policy.ts', `import { readFile } from 'node:fs'`)
    expect(impureImports(impure)).toHaveLength(1)
    const [one, two] = [
      parseSource('lib/one.ts', `import './two.ts'`),
      parseSource('lib/two.ts', `import type { One } from './one.ts'`),
    ]
    expect(findCycles([one, two])).toEqual(['lib/one.ts -> lib/two.ts -> lib/one.ts'])
  })
})

function forbiddenImports(file: SourceFile): string[] {
  const rule = places[file.place]
  if (rule === undefined) return []
  return file.imports
    .filter(({ ours, target }) => ours && placeOf(target) !== file.place)
    .filter(({ target, typeOnly }) => {
      const allowed = typeOnly ? [...rule.may, ...(rule.types ?? [])] : rule.may
      return !allowed.includes(placeOf(target)) && !allowed.includes(target)
    })
    .map(({ target }) => `${file.path} -> ${target}: ${rule.why}`)
}

function chosenImplementations(file: SourceFile): string[] {
  const { files: implementations, usedBy, why } = rules.implementations
  if (usedBy.includes(file.place)) return []
  return file.imports
    .filter(({ ours, target }) => {
      const found = implementations.find((name) => target.startsWith(name))
      return ours && found !== undefined && !file.path.startsWith(found)
    })
    .map(({ target }) => `${file.path} -> ${target}: ${why}`)
}

function impureImports(file: SourceFile): string[] {
  const { files: pure, packages, why } = rules.pure
  if (!pure.includes(file.path)) return []
  return file.imports
    .filter(({ typeOnly }) => !typeOnly)
    .filter(({ ours, target }) =>
      ours
        ? placeOf(target) !== 'lib' && !pure.includes(target) && !target.endsWith('.json')
        : !packages.some((name) => target === name || target.startsWith(`${name}/`)),
    )
    .map(({ target }) => `${file.path} -> ${target}: ${why}`)
}

/** Types count too: two files that need each other's types are one thing in two files. */
function findCycles(sources: readonly SourceFile[]): string[] {
  const byPath = new Map(sources.map((file) => [file.path, file]))
  const done = new Set<string>()
  const cycles: string[] = []
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const { target } of byPath.get(path)?.imports ?? []) {
      if (byPath.has(target)) walk(target, [...trail, path])
    }
    done.add(path)
  }
  for (const { path } of sources) walk(path, [])
  return [...new Set(cycles)]
}

function placeOf(target: string): string {
  return target.split('/')[0] ?? target
}
