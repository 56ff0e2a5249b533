import type { z } from 'zod'
import { EMOJI_COUNTS_TWICE } from '../lib/text-length.ts'
import type { TextRule } from '../lib/text-rules.ts'

/**
 * At most so many UTF-16 code units: Meta does not say what it counts, and what fits by this count fits
 * by any other.
 */
export const unitsAtMost = (max: number): TextRule => ({
  code: 'too_long',
  detail: `is longer than ${String(max)} characters, ${EMOJI_COUNTS_TWICE}`,
  remedy: `Send at most ${String(max)} characters. Those outside the basic plane count as two: Meta does not say how it counts, and what fits so is never too long.`,
  holds: (text) => text.length <= max,
})

/** Reports a fault of a whole object or list, or of what is below it at `path`. */
export function noteFault(
  context: z.core.ParsePayload,
  fault: { code: string; detail: string; remedy: string },
  path: PropertyKey[] = [],
): void {
  context.issues.push({
    code: 'custom',
    input: context.value,
    path,
    message: fault.detail,
    params: { code: fault.code, remedy: fault.remedy },
  })
}

/** The places of values that stood before already. */
export function repeated(values: readonly (string | null | undefined)[]): number[] {
  const seen = new Set<string>()
  return values.flatMap((value, place) => {
    if (value === null || value === undefined) return []
    if (seen.has(value)) return [place]
    seen.add(value)
    return []
  })
}
