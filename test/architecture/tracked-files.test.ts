import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { ROOT } from './source-files.ts'

/** Not ours to read: made by tools, or data of a run (the same names as in .gitignore). */
const SKIPPED = new Set(['node_modules', 'dist', 'data', 'coverage', '.git', 'package-lock.json'])
const TEXT = /(^|\/)(\.[\w.]+|LICENSE|run)$|\.(ts|tsx|js|mjs|json|md|sql|yaml|yml|css|html|sh)$/

/** Written in pieces, so that this file does not find itself. */
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME'].join('|')})\\b`)
const MACHINE_PATH = new RegExp(
  `(^|[\\s"'\`(=:])/(${['wo' + 'rk', 'ro' + 'ot', 'Use' + 'rs'].join('|')})/`,
)

const files = listFiles('')

describe('the files of the repository', () => {
  it('hold no unfinished business', () => {
    expect(linesMatching(UNFINISHED)).toEqual([])
  })

  it('name no path of one machine', () => {
    expect(linesMatching(MACHINE_PATH)).toEqual([])
  })

  it('give every test of a suite a name of its own', () => {
    const tests = files.filter((file) => file.startsWith('test/') && file.endsWith('.test.ts'))
    expect(tests.flatMap((file) => duplicateNames(file, read(file)))).toEqual([])
  })
})

describe('the checks themselves', () => {
  it('find a duplicate name below the same suite, and not below another', () => {
    const text = `
      describe('a', () => { it('x', f); it.each([1])('x', f) })
      describe('b', () => { it('x', f) })`
    expect(duplicateNames('some.test.ts', text)).toEqual(['some.test.ts: a > x'])
  })

  it('read the scripts and the pages, not only the sources', () => {
    expect(files).toEqual(expect.arrayContaining(['.ci/run', 'docs/errors.md', 'package.json']))
  })
})

function listFiles(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name)
    if (SKIPPED.has(name) || entry.isSymbolicLink()) return []
    if (entry.isDirectory()) return listFiles(name)
    // .env is the developer's own, and holds secrets.
    return TEXT.test(name) && name !== '.env' ? [name] : []
  })
}

function linesMatching(pattern: RegExp): string[] {
  return files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
  )
}

function duplicateNames(file: string, text: string): string[] {
  const seen = new Set<string>()
  const duplicates: string[] = []
  const visit = (node: ts.Node, suite: string): void => {
    const call = readCall(node)
    const name = call && `${suite}${call.name}`
    if (name !== undefined && call?.kind === 'test') {
      if (seen.has(name)) duplicates.push(`${file}: ${name}`)
      seen.add(name)
    }
    const inner = name !== undefined && call?.kind === 'suite' ? `${name} > ` : suite
    ts.forEachChild(node, (child) => {
      visit(child, inner)
    })
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true), '')
  return duplicates
}

/** `it('name', …)`, `it.each([…])('name', …)`, `describeEachDatabase('name', …)` and their like. */
function readCall(node: ts.Node): { kind: 'suite' | 'test'; name: string } | undefined {
  if (!ts.isCallExpression(node)) return undefined
  const callee = node.expression.getText().split(/[.(<]/)[0] ?? ''
  const name = node.arguments.find((argument) => ts.isStringLiteralLike(argument))
  if (name === undefined || !ts.isStringLiteralLike(name)) return undefined
  if (callee.startsWith('describe')) return { kind: 'suite', name: name.text }
  return callee === 'it' || callee === 'test' ? { kind: 'test', name: name.text } : undefined
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8')
}
