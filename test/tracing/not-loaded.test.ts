import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readSourceFiles } from '../architecture/source-files.ts'

const MAIN = fileURLToPath(new URL('loaded-main.ts', import.meta.url))

describe('OpenTelemetry', () => {
  it('is not loaded with the service where no collector is configured, and is where one is', async () => {
    const args = ['--import', 'tsx', MAIN]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    expect(JSON.parse(stdout)).toEqual({
      app: 'function',
      without: 0,
      withCollector: expect.any(Number) as number,
    })
    expect(JSON.parse(stdout)).not.toMatchObject({ withCollector: 0 })
  })

  it('is named by one file, which is imported when it is needed', () => {
    const files = readSourceFiles()
    const named = files.filter(({ imports }) =>
      imports.some(({ target }) => target.startsWith('@opentelemetry/')),
    )
    expect(named.map(({ path }) => path)).toEqual(['tracing/otlp-tracer.ts'])
  })
})
