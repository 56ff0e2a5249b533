import { describe, inject } from 'vitest'
import type { Services } from './services.ts'

declare module 'vitest' {
  export interface TaskMeta {
    /** Why a suite is skipped; the reporter prints it. */
    skipReason?: string
  }
}

type FoundService<Name extends keyof Services> = Extract<Services[Name], { found: true }>

/**
 * A suite that needs a service of the machine. Where the service is missing the suite is skipped, and
 * the run's last lines give its name and the reason; with `CI=true` that fails the run.
 *
 * The body runs in either case, so that the skipped tests are counted: it may use the service only
 * inside of tests and hooks.
 */
export function describeWith<Name extends keyof Services>(
  serviceName: Name,
  suiteName: string,
  body: (service: () => FoundService<Name>) => void,
): void {
  const service: Services[Name] = inject('services')[serviceName]
  const use = () => {
    if (!service.found) throw new Error(`${serviceName} is not here: ${service.reason}`)
    return service as FoundService<Name>
  }
  const options = service.found
    ? {}
    : { skip: true, meta: { skipReason: `needs ${serviceName}: ${service.reason}` } }
  describe(suiteName, options, () => {
    body(use)
  })
}
