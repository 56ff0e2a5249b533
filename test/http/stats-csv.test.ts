import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { csvOfStats } from '../../src/http/stats-csv.ts'

describe('the CSV of statistics', () => {
  it.each([
    ['S1\n=1+1', 'S1\n=1+1'],
    ['S1\r=1', 'S1\r=1'],
    ['S1\r\n=1', 'S1\r\n=1'],
    ['\r=1', "'\r=1"],
    ['\n=1', "'\n=1"],
    ['\t=1', "'\t=1"],
    ['S2;=1', 'S2;=1'],
    ['S3\t=1', 'S3\t=1'],
  ])('keeps %j within its cell, whatever a reader takes for the end of one', (key, written) => {
    const group = { ...GROUP, key }
    const text = csvOfStats([group])
    expect(text).toContain(`\r\n"${written}",3,`)
    const [, ...rows] = parse(text, { record_delimiter: '\r\n' })
    expect(rows.map(([cell]) => cell)).toEqual([written])
  })

  it('makes text of what a spreadsheet would take for a formula', () => {
    const firsts = ['=1', '+1', '-1', '@a'].map((key) => csvOfStats([{ ...GROUP, key }]))
    const cells = firsts.map((text) => text.split('\r\n')[1]?.split(',')[0])
    expect(cells).toEqual(["'=1", "'+1", "'-1", "'@a"])
  })
})

const NONE = { median: null, p95: null }
const GROUP = {
  total: 3,
  counts: { PENDING: 3, SENT: 0, DELIVERED: 0, READ: 0, FAILED: 0 },
  delivery_rate: null,
  read_rate: null,
  seconds_to_deliver: NONE,
  seconds_to_read: NONE,
  failures: [],
  billable: 0,
  cost: [],
  free: [],
  unpriced: 0,
  conversations: 0,
}
