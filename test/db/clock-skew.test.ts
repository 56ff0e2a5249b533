import { expect, it } from 'vitest'
import { refuseClockSkew } from '../../src/db/clock-skew.ts'
import type { Queryable } from '../../src/db/database.ts'

const at = (ms: number): Queryable => ({
  query: <Row>() => Promise.resolve([{ ms }] as Row[]),
})

it('a start is refused where its clock and the database’s are more than a minute apart', async () => {
  const now = () => 1_770_000_000_000
  await refuseClockSkew(at(now() + 59_000), now)
  await refuseClockSkew(at(now() - 59_000), now)
  await expect(refuseClockSkew(at(now() + 3_600_000), now)).rejects.toThrow(
    "this machine's clock is 3600 s behind the database's: set both by NTP, then start again",
  )
  await expect(refuseClockSkew(at(now() - 172_800_000), now)).rejects.toMatchObject({
    code: 'configuration',
  })
})
