import { describe, expect, it } from 'vitest'
import { run } from './setup.ts'

/** What the emulator prints for the service's environment. */
function readSettings(out: readonly string[]): Record<string, string> {
  const pairs = out.flatMap((line) => {
    const match = /^ {2}(WHATSAPP_\w+)=(\S+) \\$/.exec(line)
    return match?.[1] === undefined || match[2] === undefined ? [] : [[match[1], match[2]] as const]
  })
  return Object.fromEntries(pairs)
}

describe('emulator', () => {
  it('runs until it is stopped and prints settings that it accepts', async () => {
    const out: string[] = []
    let answered: number | undefined
    const { code } = await run(['emulator', '--seed', '7'], {
      io: {
        out: (line) => void out.push(line),
        untilStopped: async () => {
          const settings = readSettings(out)
          const id = settings['WHATSAPP_PHONE_NUMBER_ID'] ?? ''
          const response = await fetch(`${settings['WHATSAPP_GRAPH_URL'] ?? ''}/v25.0/${id}`, {
            headers: { authorization: `Bearer ${settings['WHATSAPP_ACCESS_TOKEN'] ?? ''}` },
          })
          answered = response.status
        },
      },
    })
    expect({ code, answered }).toEqual({ code: 0, answered: 200 })
    expect(Object.keys(readSettings(out)).sort()).toEqual([
      'WHATSAPP_ACCESS_TOKEN',
      'WHATSAPP_APP_ID',
      'WHATSAPP_APP_SECRET',
      'WHATSAPP_BUSINESS_ACCOUNT_ID',
      'WHATSAPP_GRAPH_URL',
      'WHATSAPP_PHONE_NUMBER_ID',
      'WHATSAPP_WEBHOOK_VERIFY_TOKEN',
    ])
    expect(out.join('\n')).toContain('test credentials')
  })

  it.each([
    ['--port', 'http'],
    ['--webhook-url', 'nowhere'],
    ['--seed', 'x'],
  ])('refuses %s %s with 2', async (flag, value) => {
    const { code, err } = await run(['emulator', flag, value])
    expect(code).toBe(2)
    expect(err).toEqual([expect.stringContaining(flag)])
  })

  it('ends with 78 for a malformed variable and for a port that is taken', async () => {
    const { code, err } = await run(['emulator'], { env: { AVISO_EMULATOR_PORT: 'x' } })
    expect(code).toBe(78)
    expect(err).toEqual([expect.stringContaining('AVISO_EMULATOR_PORT')])
    let second: { code: number; err: string[] } | undefined
    const lines: string[] = []
    await run(['emulator'], {
      io: {
        out: (line) => void lines.push(line),
        untilStopped: async () => {
          const port = new URL(readSettings(lines)['WHATSAPP_GRAPH_URL'] ?? '').port
          second = await run(['emulator', '--port', port])
        },
      },
    })
    expect(second?.code).toBe(78)
    expect(second?.err).toHaveLength(1)
  })
})
