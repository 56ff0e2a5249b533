import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { CHECK_NAMES } from '../doctor/check.ts'
import type { DoctorReport } from '../doctor/check.ts'
import { ADMINS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'

export const DoctorReportSchema = z
  .object({
    ok: z.boolean().describe('Nothing failed'),
    checks: z.array(
      z.object({
        name: z.enum(CHECK_NAMES),
        result: z.enum(['ok', 'warning', 'failed', 'skipped']),
        detail: z.string(),
        remedy: z.string().nullable(),
        guide: z.string().nullable().describe('Where the set-up guide helps'),
      }),
    ),
  })
  .meta({ id: 'DoctorReport' })

export const DoctorRequestSchema = z
  .strictObject({
    send_test: z
      .string()
      .min(1)
      .max(256)
      .nullish()
      .describe('A phone number that gets a test message; its webhook is waited for'),
  })
  .nullish()
  .meta({ id: 'DoctorRequest' })

/** The before-going-live checklist, made by the service that is to go live. */
export function registerDoctorRoutes(
  app: FastifyInstance,
  options: {
    authenticate: Authenticate
    /** @param examination `tenantId`: whose suppliers may be named; null: everybody's */
    examine: (examination: {
      sendTest: string | null
      tenantId: string | null
    }) => Promise<DoctorReport>
  },
): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/api/v1/doctor',
    {
      schema: {
        summary: 'The before-going-live checklist; administrators only',
        description:
          'Each check is a real call; the answer may take some seconds, with a test message up to a minute.',
        tags: ['doctor'],
        body: DoctorRequestSchema,
        response: { 200: DoctorReportSchema },
      },
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, ADMINS)
      },
    },
    (request) =>
      options.examine({
        sendTest: request.body?.send_test ?? null,
        tenantId: request.caller?.tenantId ?? null,
      }),
  )
}
