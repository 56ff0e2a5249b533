import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { CliError, EXIT } from '../../src/cli/cli-error.ts'
import { ok } from '../../src/cli/commands/with-client.ts'

it('hears at once that a call has failed, so that it is one line and not the end of the program', async () => {
  const unheard = vi.fn()
  process.on('unhandledRejection', unheard)
  onTestFinished(() => void process.off('unhandledRejection', unheard))
  // Takes as long as it likes, as on a busy machine.
  vi.doMock('../../src/cli/client.ts', async () => {
    for (let turn = 0; turn < 5; turn += 1) await nextTurn()
    return { expectOk: (answer: unknown) => answer }
  })
  onTestFinished(() => vi.doUnmock('../../src/cli/client.ts'))
  const away = new CliError(EXIT.failed, 'unavailable', 'no service answers')
  await expect(ok(Promise.reject(away))).rejects.toBe(away)
  expect(unheard).not.toHaveBeenCalled()
})
