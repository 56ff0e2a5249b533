import { describe, expect, it } from 'vitest'
import { FAILPOINTS, readFailpoints } from '../../src/lib/failpoint.ts'

const AVISO_TEST = 'failpoints'

describe('failpoints', () => {
  it('are read by name, passage and action', () => {
    const armed = readFailpoints({
      AVISO_TEST,
      AVISO_FAILPOINTS:
        'intake.before_commit=kill webhook.item:3=throw dispatcher.after_intent:*=delay:50',
    })
    expect(Object.fromEntries(armed)).toEqual({
      'intake.before_commit': { nth: 1, action: { kind: 'kill' }, passages: 0 },
      'webhook.item': { nth: 3, action: { kind: 'throw' }, passages: 0 },
      'dispatcher.after_intent': {
        nth: Number.POSITIVE_INFINITY,
        action: { kind: 'delay', ms: 50 },
        passages: 0,
      },
    })
  })

  it.each([{}, { AVISO_TEST: '' }, { AVISO_TEST: '1' }, { AVISO_TEST: 'true' }])(
    'stay unarmed, whatever they say, with %o',
    (env) => {
      expect(readFailpoints({ ...env, AVISO_FAILPOINTS: 'intake.before_commit=kill' }).size).toBe(0)
    },
  )

  it.each(['no.such_place=kill', 'intake.before_commit', 'intake.before_commit=burn', 'x:0'])(
    'refuse %s: a test that arms nothing would prove nothing',
    (rule) => {
      expect(() => readFailpoints({ AVISO_TEST, AVISO_FAILPOINTS: rule })).toThrow(rule)
    },
  )

  it('are off in a process that is not told otherwise', () => {
    expect(FAILPOINTS).toBe(false)
  })
})
