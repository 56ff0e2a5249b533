import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadEnv } from '../../src/config/load-env.ts'

async function setup(content?: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'aviso-env-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  if (content !== undefined) await writeFile(path.join(directory, '.env'), content)
  return directory
}

describe('loadEnv', () => {
  it('lets a real variable win over the file, even an empty one', async () => {
    const directory = await setup('PORT=1\nHOST=filehost\nRABBITMQ_URL="amqp://file"\n')
    expect(loadEnv({ PORT: '2', RABBITMQ_URL: '', OTHER: undefined }, directory)).toEqual({
      ok: true,
      env: { PORT: '2', HOST: 'filehost', RABBITMQ_URL: '' },
    })
  })

  it('takes the environment alone where there is no file', async () => {
    expect(loadEnv({ PORT: '2' }, await setup())).toEqual({ ok: true, env: { PORT: '2' } })
  })

  it('says in one line when the file cannot be read', async () => {
    const directory = await setup()
    await mkdir(path.join(directory, '.env'))
    const loaded = loadEnv({}, directory)
    expect(loaded).toMatchObject({ ok: false })
    expect(loaded.ok ? '' : loaded.problem).toMatch(/^\S+\.env cannot be read \(EISDIR.*\)\. Make/)
  })
})
