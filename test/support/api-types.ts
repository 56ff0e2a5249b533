import openapiTS, { astToString } from 'openapi-typescript'
import type { OpenAPI3 } from 'openapi-typescript'
import { startApp } from '../../src/app.ts'
import { shareDatabase } from '../../src/db/pglite.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { openMigrated } from './migrated-database.ts'
import { testConfig } from './test-config.ts'

/** The text of src/library/api-types.ts, as the running service's OpenAPI document has it now. */
export async function writeApiTypes(): Promise<string> {
  const config = { ...testConfig('http://127.0.0.1:9'), roles: ['api', 'webhook'] as const }
  const database = shareDatabase(await openMigrated({ kind: 'pglite' }))
  const app = await startApp(config, database, createLogger('silent'))
  try {
    const response = await fetch(`${app.url}/openapi.json`)
    const document = (await response.json()) as OpenAPI3
    return `// Made from the OpenAPI document by scripts/write-api-types.mjs.\n${astToString(await openapiTS(document))}`
  } finally {
    await app.stop()
  }
}
