// Writes .env.example and docs/configuration.md from the table of settings. A test checks that both
// are current. Run: npx tsx scripts/write-config-docs.mjs
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { renderConfigurationDocs, renderEnvExample } from '../src/config/describe-settings.ts'

const docs = fileURLToPath(new URL('../docs/configuration.md', import.meta.url))
const options = (await resolveConfig(docs)) ?? {}
writeFileSync(docs, await format(renderConfigurationDocs(), { ...options, parser: 'markdown' }))
writeFileSync(new URL('../.env.example', import.meta.url), renderEnvExample())
