import type { TestProject } from 'vitest/node'
import { openServices } from './services.ts'

/**
 * Runs once, before the first test file: looks for the services and gives them to all files.
 *
 * @returns what runs after the last one
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const opened = await openServices(process.env)
  for (const [name, service] of Object.entries(opened.services)) {
    const line = service.found ? service.where : `none (${service.reason})`
    process.stdout.write(`${name}: ${line}\n`)
  }
  if (process.env['AVISO_TEST_TIER'] === 'quick') {
    process.stdout.write('quick tier: the slowest suites and the second engine run with --all\n')
  }
  project.provide('services', opened.services)
  return () => opened.close()
}
