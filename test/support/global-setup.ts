import type { TestProject } from 'vitest/node'
import { openServices } from './services.ts'

/** Runs once, before the first test file: looks for the services and gives them to all files. */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const { services, close } = await openServices(process.env)
  for (const [name, service] of Object.entries(services)) {
    console.log(`${name}: ${service.found ? service.where : `none (${service.reason})`}`)
  }
  project.provide('services', services)
  return close
}
