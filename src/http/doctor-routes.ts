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

/** The before-going-live checklist, made by the service that is to go live. */
export function registerDoctorRoutes(
  app: FastifyInstance,
  options: { authenticate: Authenticate; examine: () => Promise<DoctorReport> },
): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/api/v1/doctor',
    {
      schema: {
        summary: 'The before-going-live checklist; administrators only',
        tags: ['doctor'],
        response: { 200: DoctorReportSchema },
      },
    },
    async (request) => {
      await options.authenticate(request, ADMINS)
      return options.examine()
    },
  )
}
