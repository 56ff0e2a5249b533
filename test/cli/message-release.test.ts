import { expect, it } from 'vitest'
import { run, startService } from './setup.ts'
import type { SeenRequest } from './setup.ts'

const PATH = '/api/v1/whatsapp/messages/release'

const openBacklog = (matching: number) =>
  startService(({ body }) => {
    const isDryRun = (JSON.parse(body) as { dry_run: boolean }).dry_run
    return {
      body: {
        matching,
        oldest_at: matching === 0 ? null : '2026-11-20T08:00:00.000Z',
        newest_at: matching === 0 ? null : '2026-11-22T08:00:00.000Z',
        done: isDryRun ? 0 : matching,
      },
    }
  })
const bodies = (seen: readonly SeenRequest[]) => seen.map(({ body }) => JSON.parse(body) as unknown)
const envOf = (url: string) => ({ AVISO_URL: url, AVISO_API_KEY: 'key-0123456789' })

it('says what waits, asks, and then sends it', async () => {
  const { url, seen } = await openBacklog(37)
  const questions: string[] = []
  const { code, out } = await run(['messages', 'release'], {
    env: envOf(url),
    io: {
      ask: (question) => {
        questions.push(question)
        return Promise.resolve('y')
      },
    },
  })
  expect(questions).toEqual([
    '37 messages, created 2026-11-20T08:00:00.000Z to 2026-11-22T08:00:00.000Z. Send them? [y/N] ',
  ])
  expect([code, out]).toEqual([0, ['37 messages released.']])
  expect(seen.map(({ path }) => path)).toEqual([PATH, PATH])
  const request = { hold_reason: 'backlog_not_released', decision: 'send' }
  expect(bodies(seen)).toEqual([
    { ...request, dry_run: true },
    { ...request, dry_run: false },
  ])
})

it('does nothing on any other answer, and where nobody can be asked', async () => {
  const { url, seen } = await openBacklog(37)
  const refused = await run(['messages', 'release'], {
    env: envOf(url),
    io: { ask: () => Promise.resolve('') },
  })
  expect([refused.code, refused.out]).toEqual([1, ['Nothing was done.']])
  const unattended = await run(['messages', 'release'], { env: envOf(url) })
  expect(unattended.code).toBe(2)
  expect(unattended.err.join()).toMatch(/37 messages.*add --yes/)
  expect(bodies(seen)).not.toContainEqual(expect.objectContaining({ dry_run: false }))
})

it('cancels by age without asking', async () => {
  const { url, seen } = await openBacklog(1)
  const { code, out } = await run(
    ['messages', 'release', '--cancel', '--older-than', '2d', '--newer-than', '36h', '--yes'],
    { env: envOf(url) },
  )
  expect([code, out]).toEqual([0, ['1 message canceled.']])
  expect(bodies(seen)).toEqual([
    {
      hold_reason: 'backlog_not_released',
      decision: 'cancel',
      created_to: '2026-11-21T12:00:00.000Z',
      created_from: '2026-11-22T00:00:00.000Z',
      dry_run: false,
    },
  ])
})

it('says so when nothing waits, and refuses an age it cannot read', async () => {
  const { url } = await openBacklog(0)
  const none = await run(['messages', 'release'], { env: envOf(url) })
  expect([none.code, none.out]).toEqual([0, ['No messages wait for a release.']])
  expect((await run(['messages', 'release', '--older-than', 'a week'])).code).toBe(2)
})
