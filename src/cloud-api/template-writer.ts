/** Templates made, changed, ended, and the samples of their headers (reference, sections 3.1 to 3.3). */

import type { CloudApiClient } from './client.ts'
import { field, text } from './graph-error.ts'
import { TEMPLATE_FIELDS, templateOf } from './list-templates.ts'
import type { TemplateRow } from './wire.ts'
import type { WriteResult } from './write-result.ts'

export interface TemplateWriter {
  /** Meta's create body. */
  create(body: Readonly<Record<string, unknown>>): Promise<WriteResult>
  /** @param metaId of the template; components are replaced as a whole */
  edit(metaId: string, body: Readonly<Record<string, unknown>>): Promise<WriteResult>
  /** @param metaId null: all languages of the name */
  remove(name: string, metaId: string | null): Promise<WriteResult>
  /** As Meta has it now; undefined where that cannot be said. */
  find(name: string, language: string): Promise<TemplateRow | undefined>
  /** The handle of a sample for a header; null: no app is configured. */
  upload: ((sample: Sample) => Promise<WriteResult>) | null
}

export interface Sample {
  bytes: Uint8Array
  mimeType: string
  fileName: string
}

type Client = Pick<CloudApiClient, 'get' | 'write' | 'businessAccountId' | 'uploadAuthorization'>

/** @param appId uploads belong to an app; null: there are none */
export function createTemplateWriter(client: Client, appId: string | null): TemplateWriter {
  const path = `/${client.businessAccountId}/message_templates`
  return {
    create: (body) => client.write({ method: 'POST', path, body }),
    edit: (metaId, body) => client.write({ method: 'POST', path: `/${metaId}`, body }),
    remove: (name, metaId) =>
      client.write({
        method: 'DELETE',
        path,
        query: { name, ...(metaId !== null && { hsm_id: metaId }) },
      }),
    async find(name, language) {
      const query = { name, fields: TEMPLATE_FIELDS, limit: '100' }
      const result = await client.get(path, query)
      const rows = result.kind === 'ok' ? field(result.value, 'data') : []
      return (Array.isArray(rows) ? rows : [])
        .map(templateOf)
        .find((row) => row?.name === name && row.language === language)
    },
    upload: appId === null ? null : (sample) => upload(client, appId, sample),
  }
}

/** How often an upload that was interrupted goes on where it was. */
const RESUMES = 3

/** The Resumable Upload API: a session, then the bytes; the handle stands in `h` of the last answer. */
async function upload(client: Client, appId: string, sample: Sample): Promise<WriteResult> {
  const opened = await client.write({
    method: 'POST',
    path: `/${appId}/uploads`,
    query: {
      file_name: sample.fileName,
      file_length: String(sample.bytes.length),
      file_type: sample.mimeType,
    },
  })
  if (opened.kind !== 'ok') return opened
  const id = text(field(opened.value, 'id'))
  if (id === null) return { kind: 'unknown', reason: 'the upload has no id' }
  let offset = 0
  for (let resumes = 0; ; resumes += 1) {
    const sent = await client.write({
      method: 'POST',
      path: `/${id}`,
      body: sample.bytes.subarray(offset),
      headers: {
        authorization: client.uploadAuthorization,
        file_offset: String(offset),
        'content-type': 'application/octet-stream',
      },
    })
    const isWhole = sent.kind === 'ok' && text(field(sent.value, 'h')) !== null
    if (isWhole || sent.kind === 'rejected' || resumes === RESUMES) return sent
    const state = await client.get(`/${id}`)
    const at = state.kind === 'ok' ? Number(field(state.value, 'file_offset')) : Number.NaN
    if (!Number.isInteger(at) || at < 0 || at >= sample.bytes.length) return sent
    offset = at
  }
}
