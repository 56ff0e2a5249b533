// Writes the tables of docs/errors.md from the error codes and the catalogue of Meta's. A test checks that
// they are current. Run: npx tsx scripts/write-error-docs.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { fillErrorDocs } from './error-docs.ts'

const docs = fileURLToPath(new URL('../docs/errors.md', import.meta.url))
const options = (await resolveConfig(docs)) ?? {}
const filled = fillErrorDocs(readFileSync(docs, 'utf8'))
writeFileSync(docs, await format(filled, { ...options, parser: 'markdown' }))
