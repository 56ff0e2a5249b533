// Writes src/library/api-types.ts from the service's own OpenAPI document. Run with tsx:
// npx tsx scripts/write-api-types.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { writeApiTypes } from '../test/support/api-types.ts'

const file = fileURLToPath(new URL('../src/library/api-types.ts', import.meta.url))
const text = await writeApiTypes()
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('src/library/api-types.ts is not current: npx tsx scripts/write-api-types.mjs')
    process.exit(1)
  }
} else {
  writeFileSync(file, text)
}
process.exit(0)
