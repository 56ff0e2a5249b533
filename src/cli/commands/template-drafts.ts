/** Create bodies of a file, as they are written there: the service judges them. */

import { parseJson } from '../../lib/strict-json.ts'
import { CliError, EXIT } from '../cli-error.ts'
import type { ServiceClient } from '../client.ts'
import type { CliIo } from '../io.ts'
import { isObject, objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { printable } from '../printable.ts'
import { nameOfFile, readFile } from '../read-file.ts'
import type { CommandContext } from './context.ts'
import { ok } from './with-client.ts'

export const TEMPLATES_PATH = '/api/v1/whatsapp/templates'

/** @throws CliError where the file is no create body, nor a list of them */
export async function readDrafts(file: string, io: CliIo): Promise<JsonObject[]> {
  const parsed = parseJson(await readFile(file, io))
  const fail = (detail: string) =>
    new CliError(EXIT.usage, 'invalid_json', `${nameOfFile(file)}: ${detail}.`)
  if (!parsed.ok) throw fail(parsed.detail)
  const values: unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value]
  const drafts = values.filter(isObject)
  if (drafts.length === 0 || drafts.length < values.length) {
    throw fail('it holds no template, nor a list of them')
  }
  return drafts
}

/** `po_notification/es`, as far as it is said. */
export function nameOfDraft(draft: JsonObject): string {
  return printable(`${textAt(draft, 'name') ?? '?'}/${textAt(draft, 'language') ?? '?'}`)
}

/** One line a finding, and its remedy below. */
export function findingLines(body: JsonObject, colors: CommandContext['colors']): string[] {
  return objectsAt(body, 'findings').flatMap((one) => {
    const severity = textAt(one, 'severity') ?? ''
    const color =
      severity === 'error' ? colors.red : severity === 'warning' ? colors.yellow : colors.dim
    const path = textAt(one, 'path') ?? ''
    const where = path === '' ? '' : `${path}: `
    return [
      `  ${color(severity.padEnd(8))} ${printable(`${where}${textAt(one, 'detail') ?? ''}`)} ${colors.dim(printable(textAt(one, 'rule') ?? ''))}`,
      `           ${printable(textAt(one, 'remedy') ?? '')}`,
    ]
  })
}

export function hasErrors(body: JsonObject): boolean {
  return objectsAt(body, 'findings').some((one) => textAt(one, 'severity') === 'error')
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * The id of a template that a person names by it, or by name and language.
 *
 * @throws CliError where there is none
 */
export async function findTemplateId(client: ServiceClient, which: string): Promise<string> {
  const [name = '', language] = which.split('/')
  if (UUID.test(which) || language === undefined) return which
  const { body } = await ok(client.call('GET', TEMPLATES_PATH, { query: { name, language } }))
  const id = textAt(objectsAt(body, 'data')[0] ?? {}, 'id')
  if (id !== null) return id
  const detail = `There is no template ${printable(which)}. See aviso templates list.`
  throw new CliError(EXIT.failed, 'not_found', detail)
}
