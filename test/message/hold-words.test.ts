import { describe, expect, it } from 'vitest'
import { describeError } from '../../src/cloud-api/error-catalogue.ts'
import { findHoldWords } from '../../src/message/hold-words.ts'

describe('the remedy of a paused template', () => {
  it('is right for a pause that ends by itself and for one that does not', () => {
    for (const remedy of [
      findHoldWords('template_paused')?.remedy,
      describeError('132015').remedy,
    ]) {
      expect(remedy).toMatch(/quality ends by itself/)
      expect(remedy).toMatch(/pacing.* is lifted by hand/)
    }
  })
})
