/** The tables of docs/errors.md, from what the service itself acts and speaks by. */

import { ERROR_CATALOGUE, OWN_ERRORS, UNNAMED_WORDS } from '../src/cloud-api/error-catalogue.ts'
import type { CatalogueEntry } from '../src/cloud-api/error-catalogue.ts'
import { PROBLEM_WORDS } from '../src/http/problem-words.ts'
import { statusOfCode } from '../src/http/problem.ts'
import { ERROR_CODES } from '../src/lib/errors.ts'
import { HOLD_WORDS } from '../src/message/hold-words.ts'

const TABLES: Readonly<Record<string, () => string>> = {
  api: () =>
    table(
      ['code', 'HTTP', 'what happened', 'what to do', 'retry'],
      [...ERROR_CODES]
        .sort((a, b) => statusOfCode(a) - statusOfCode(b))
        .map((code) => {
          const { happened, remedy, retry } = PROBLEM_WORDS[code]
          const status = String(statusOfCode(code))
          return [`${anchor(code)}\`${code}\``, status, happened, remedy, retry ? 'yes' : 'no']
        }),
    ),
  messages: () =>
    table(
      ['`error_code`', 'what happened', 'what to do'],
      [...Object.entries(OWN_ERRORS), ['null', UNNAMED_WORDS] as const].map(
        ([code, { title, remedy }]) => [`\`${code}\``, `${title}.`, remedy],
      ),
    ),
  holds: () =>
    table(
      ['`hold_reason`', 'what it waits for', 'what to do'],
      Object.entries(HOLD_WORDS).map(([reason, { title, remedy }]) => [
        `\`${reason}\``,
        `${title}.`,
        remedy,
      ]),
    ),
  meta: () =>
    table(
      ['code', 'Meta’s title', 'what it means', 'what Aviso does', 'what to do'],
      [...ERROR_CATALOGUE]
        .sort((a, b) => a.code - b.code)
        .map((entry) => [
          `${anchor(`meta-${String(entry.code)}`)}${codeWords(entry)}`,
          entry.title,
          entry.meaning,
          actionWords(entry),
          entry.remedy,
        ]),
    ),
}

/**
 * The page with its tables made anew; the words between them stay.
 *
 * @throws Error where a table has no place in the page
 */
export function fillErrorDocs(page: string): string {
  let filled = page
  for (const [name, render] of Object.entries(TABLES)) {
    const [start, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`]
    const [from, to] = [filled.indexOf(start), filled.indexOf(end)]
    if (from === -1 || to < from) throw new Error(`docs/errors.md has no ${start} … ${end}`)
    filled = `${filled.slice(0, from)}${start}\n\n${render()}\n\n${filled.slice(to)}`
  }
  return filled
}

function codeWords({ code, code_max, subcode_of }: CatalogueEntry): string {
  const range = code_max === undefined ? String(code) : `${String(code)}–${String(code_max)}`
  return subcode_of === undefined ? range : `${range} (${String(subcode_of)})`
}

function actionWords({ action, hold_reason, min_backoff_seconds }: CatalogueEntry): string {
  const after =
    min_backoff_seconds === undefined ? '' : `, after ${String(min_backoff_seconds)} s at least`
  switch (action) {
    case 'retry':
      return `Tries the message again${after}.`
    case 'wait_pair':
      return `Lets this recipient wait${after}, and goes on.`
    case 'wait_number':
      return `Lets the number pause${after}, and goes on.`
    case 'hold_channel':
      return `Holds all messages (\`${hold_reason ?? ''}\`) until one gets through.`
    case 'hold_template':
      return `Holds what needs the template (\`${hold_reason ?? ''}\`) until one gets through.`
    case 'fail':
      return 'The message has failed.'
  }
}

function anchor(id: string): string {
  return `<a id="${id}"></a>`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
