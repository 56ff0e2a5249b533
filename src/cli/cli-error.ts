import { isObject, objectsAt, textAt } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import { jsonLine, printable } from './printable.ts'

export const EXIT = { done: 0, failed: 1, usage: 2, configuration: 78 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Why a command ends without having done its work. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  /** RFC 9457, as text: the service's own, unchanged, or one made here. */
  readonly problem: string

  constructor(
    exitCode: ExitCode,
    code: string,
    detail: string,
    options: { problem?: string; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CliError'
    this.exitCode = exitCode
    this.problem = options.problem ?? makeProblem(exitCode, code, detail)
  }
}

/** A problem of the command line itself: no service has answered, so no request has an id. */
export function makeProblem(status: number, code: string, detail: string): string {
  return JSON.stringify({
    type: 'about:blank',
    title: detail,
    status: status < 100 ? null : status,
    code,
    detail,
    request_id: null,
    errors: [],
  })
}

/** What is printed of a problem for a person: the sentence, then a line for each bad field. */
export function describeProblem(problem: string, fallback: string): string[] {
  const parsed = parseObject(problem)
  if (parsed === null) return [printable(fallback)]
  const detail = textAt(parsed, 'detail') ?? textAt(parsed, 'title') ?? fallback
  return [printable(detail), ...objectsAt(parsed, 'errors').map(describeField)]
}

export function describeField(error: JsonObject): string {
  const field = textAt(error, 'field')
  const name = field === null || field === '' ? 'the body' : field
  const remedy = textAt(error, 'remedy')
  const words = `${name}: ${textAt(error, 'detail') ?? textAt(error, 'code') ?? 'is not valid'}`
  return printable(remedy === null ? words : `${words}. ${remedy}`)
}

export function printError(error: CliError, json: boolean, err: (line: string) => void): void {
  if (json) {
    err(jsonLine(error.problem))
    return
  }
  const [first, ...fields] = describeProblem(error.problem, error.message)
  err(`error: ${first ?? error.message}`)
  for (const field of fields) err(`  ${field}`)
}

function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
