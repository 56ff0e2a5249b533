import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { AppError } from '../lib/errors.ts'
import { refusedBy } from '../template/manage-templates.ts'
import type { TemplateWriter } from '../template/manage-templates.ts'
import { isObject } from '../template/parameter-faults.ts'
import { problems, SampleSchema } from './contract.ts'
import { refusedError } from './template-errors.ts'
import { TEMPLATES_PATH } from './template-access.ts'

/** Enough for a reviewer; what is sent later may be larger. */
const MAX_SAMPLE_BYTES = 16 * 1024 * 1024
/** What the Resumable Upload API takes, and a header can be. */
const TYPES = ['application/pdf', 'image/jpeg', 'image/png', 'video/mp4']
const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'video/mp4': 'mp4',
}

/** The sample of a header's file, for the review: its handle goes into the create body. */
export function registerSampleRoute(
  app: FastifyInstance,
  options: {
    upload: TemplateWriter['upload']
    asOwner: (request: FastifyRequest) => Promise<void>
  },
): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(TYPES, { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body)
    })
    scope.withTypeProvider<ZodTypeProvider>().post(
      `${TEMPLATES_PATH}/samples`,
      {
        bodyLimit: MAX_SAMPLE_BYTES,
        onRequest: options.asOwner,
        schema: {
          summary: "Upload the sample of a header's file",
          description:
            'The body is the file: application/pdf, image/jpeg, image/png or video/mp4, up to 16 MB. The handle goes into example.header_handle of the header.',
          tags: ['templates'],
          consumes: TYPES,
          response: { 201: SampleSchema, ...problems(401, 403, 409, 413, 415, 422, 429, 503) },
        },
      },
      async (request, reply) => {
        const mimeType = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? ''
        const { body } = request
        if (!Buffer.isBuffer(body) || body.length === 0) {
          throw new AppError('validation_failed', 'The body is empty: it has to be the file.')
        }
        const handle = await upload(options.upload, body, mimeType.toLowerCase())
        return reply.code(201).send({ handle, mime_type: mimeType })
      },
    )
    done()
  })
}

async function upload(
  call: TemplateWriter['upload'],
  bytes: Uint8Array,
  mimeType: string,
): Promise<string> {
  if (call === null) {
    throw new AppError(
      'invalid_state',
      'Samples are uploaded for an app: set WHATSAPP_APP_ID and restart the service.',
    )
  }
  const outcome = await call({
    bytes,
    mimeType,
    fileName: `sample.${EXTENSIONS[mimeType] ?? 'bin'}`,
  })
  const refused = refusedBy(outcome)
  if (refused !== undefined) throw refusedError(refused)
  const value = outcome.kind === 'ok' ? outcome.value : null
  const handle = isObject(value) ? value['h'] : undefined
  if (typeof handle === 'string' && handle !== '') return handle
  throw new AppError('unavailable', 'Meta gave no handle for the sample; try again.')
}
