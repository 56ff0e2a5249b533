import { describe, expect, it } from 'vitest'
import { refusedError } from '../../src/http/template-errors.ts'
import type { MetaRefusal } from '../../src/template/manage-templates.ts'

function refusal(code: number, subcode: number | null): MetaRefusal {
  return {
    kind: 'rejected',
    httpStatus: 400,
    error: { code, subcode, title: 'Refused', details: null },
    userTitle: null,
    userMessage: 'There are too many.',
    retryAfterMs: null,
  }
}

describe('a template that Meta refuses', () => {
  it.each([
    [100, 2388019],
    [2388019, null],
  ])('is for the caller to mend where there are too many (%s, %s)', (code, subcode) => {
    expect(refusedError({ kind: 'refused', refusal: refusal(code, subcode) })).toMatchObject({
      code: 'validation_failed',
      message: expect.stringMatching(/^Meta refused it \(2388019\): There are too many\. Delete/),
      errors: [{ code: '2388019', remedy: expect.stringMatching(/^Delete templates/) }],
    })
  })

  it.each([4, 613, 80007, 80008])(
    'is to be tried again later where calls are counted (%s)',
    (code) => {
      const error = refusedError({ kind: 'refused', refusal: refusal(code, null) })
      expect(error).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 300 })
      expect(error.message).toMatch(/Try again later/)
      expect(error.message).not.toMatch(/Nothing: sending/)
    },
  )

  it('says that the account is at fault where it is', () => {
    const error = refusedError({ kind: 'refused', refusal: refusal(190, null) })
    expect(error).toMatchObject({ code: 'unavailable' })
  })
})
