import { describe, expect, it } from 'vitest'
import { readSourceFiles, withoutComments } from './source-files.ts'

/** Where an implementation may be named: it itself, and those who choose it. */
const NAMED_IN = [
  /^config(\.ts|\/)/,
  /^app\.ts$/,
  /^(cli|sandbox|emulator)\//,
  /^db\/(pglite|postgres)\.ts$/,
  /^broker\//,
  /^intake\/event-sources\//,
  /^outgoing\/publishers\//,
  // Made from the OpenAPI document, whose words these are.
  /^library\/api-types\.ts$/,
]
const IMPLEMENTATION = /pglite|rabbitmq|emulator/i
const BRANCH_ON_SANDBOX = /\bif\s*\(.*sandbox|sandbox\w*\s*(\?[^.:?]|&&|\|\||===|!==)/i
/** The word of the API for where a rejected event came from: a fact that is stored, no choice. */
const WIRE_WORD = /(source: |enum\(\[)[^=]*'rabbitmq'/
/** The sandbox is built by these; nobody else asks whether it is one. */
const SANDBOX_KNOWN_IN = [/^config(\.ts|\/)/, /^(cli|sandbox)\//]

const files = readSourceFiles()

describe('what is swapped', () => {
  it('is named only where it is chosen', () => {
    const named = linesMatching(IMPLEMENTATION, NAMED_IN)
    expect(named.filter((line) => !WIRE_WORD.test(line))).toEqual([])
  })

  it('is never asked for as "if sandbox"', () => {
    expect(linesMatching(BRANCH_ON_SANDBOX, SANDBOX_KNOWN_IN)).toEqual([])
  })

  it('does not hang on NODE_ENV', () => {
    expect(linesMatching(/NODE_ENV/, [])).toEqual([])
  })
})

describe('the checks themselves', () => {
  it('do not read comments, and do read strings that look like them', () => {
    const code = withoutComments(
      "// PGlite\nconst a = 'http://x' /* emulator */ + `//${1}` // rabbitmq",
    )
    expect(code.split('\n').map((line) => line.trimEnd())).toEqual([
      '',
      "const a = 'http://x'                + `//${1}`",
    ])
  })

  it.each([
    'if (config.sandbox) {',
    'const port = isSandbox ? 0 : 8080',
    "mode === 'x' && sandbox === true",
  ])('find %s', (line) => {
    expect(line).toMatch(BRANCH_ON_SANDBOX)
  })
})

function linesMatching(pattern: RegExp, except: readonly RegExp[]): string[] {
  return files
    .filter((file) => !except.some((place) => place.test(file.path)))
    .flatMap((file) =>
      file.code
        .split('\n')
        .flatMap((line, index) =>
          pattern.test(line) ? [`src/${file.path}:${index + 1}: ${line.trim()}`] : [],
        ),
    )
}
