import { readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { readSourceFiles, ROOT } from './source-files.ts'

const EVENT = /^WhatsApp ([a-z_]+\.[a-z_]+)$/
const LEVELS = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])

/** Calls of a logger in src/: the event's name, or none where it has no literal one. */
const calls = readSourceFiles().flatMap(({ path: file, code }) =>
  readCalls(code).map((call) => ({ ...call, file: `src/${file}` })),
)

const page = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8')
const rows = page
  .slice(page.indexOf('\n## Log lines\n'))
  .split('\n')
  .flatMap((line) => {
    const [, name = '', level = '', says = '', todo = ''] = line
      .split('|')
      .map((cell) => cell.trim())
    const event = /^`([a-z_]+\.[a-z_]+)`$/.exec(name)?.[1]
    return event === undefined ? [] : [{ event, level, says, todo }]
  })

describe('the log lines of docs/operations.md', () => {
  it('have every line that the service can write, and no other, each once', () => {
    const written = [...new Set(calls.flatMap(({ event }) => event ?? []))]
    expect(rows.map(({ event }) => event).sort()).toEqual(written.sort())
  })

  it.each(rows)('say the level of $event, what it means and what to do', ({ event, ...row }) => {
    const levels = new Set(calls.filter((call) => call.event === event).map(({ level }) => level))
    expect(row.level.split(', ').sort()).toEqual([...levels].sort())
    expect(row.says).not.toBe('')
    expect(row.todo).not.toBe('')
  })

  it('are all there are: every call of a logger ends with an event of that form', () => {
    const nameless = calls.filter(({ event }) => event === undefined)
    expect(nameless.map(({ file, text }) => `${file}: ${text}`)).toEqual([])
  })

  it('are found in calls, and where a line is written without a logger', () => {
    const code = `
      logger.warn({ err }, 'WhatsApp a.b')
      options.logger?.info('WhatsApp c.d')
      this.logger.error('no name')
      const line = JSON.stringify({ level: 'error', msg: 'WhatsApp e.f' })`
    expect(readCalls(code).map(({ level, event }) => [level, event])).toEqual([
      ['warn', 'a.b'],
      ['info', 'c.d'],
      ['error', undefined],
      ['error', 'e.f'],
    ])
  })
})

interface Call {
  level: string
  event: string | undefined
  text: string
}

function readCalls(code: string): Call[] {
  const found: Call[] = []
  const visit = (node: ts.Node): void => {
    const call = readLoggerCall(node) ?? readWrittenLine(node)
    if (call !== undefined) found.push(call)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('x.ts', code, ts.ScriptTarget.ES2023, true))
  return found
}

/** `logger.warn(…, 'WhatsApp some.event')` */
function readLoggerCall(node: ts.Node): Call | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression))
    return undefined
  const { name, expression: owner } = node.expression
  if (!LEVELS.has(name.text) || !/(^|\.)logger$/.test(owner.getText())) return undefined
  return { level: name.text, event: eventOf(node.arguments.at(-1)), text: node.getText() }
}

/** `{ level: 'error', msg: 'WhatsApp some.event' }` */
function readWrittenLine(node: ts.Node): Call | undefined {
  if (!ts.isObjectLiteralExpression(node)) return undefined
  const valueOf = (key: string) =>
    node.properties
      .filter((property) => ts.isPropertyAssignment(property))
      .find((property) => property.name.getText() === key)?.initializer
  const event = eventOf(valueOf('msg'))
  const level = valueOf('level')
  if (event === undefined || level === undefined || !ts.isStringLiteral(level)) return undefined
  return { level: level.text, event, text: node.getText() }
}

function eventOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteral(node) ? EVENT.exec(node.text)?.[1] : undefined
}
