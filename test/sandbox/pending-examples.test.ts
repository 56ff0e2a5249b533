import { existsSync, mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { findPendingExamples } from '../../src/sandbox/pending-examples.ts'

const FIRST = new Date('2026-11-22T23:59:59.000Z')
const LATER = new Date('2026-11-23T08:00:00.000Z')

function setup() {
  const root = mkdtempSync(path.join(tmpdir(), 'aviso-pending-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true, force: true })
  })
  return path.join(root, 'new', 'sandbox')
}

it('keeps the day of the first start until the examples are settled', () => {
  const dataDir = setup()
  expect(findPendingExamples(dataDir, true, FIRST)?.since).toEqual(FIRST)
  const second = findPendingExamples(dataDir, false, LATER)
  expect(second?.since).toEqual(FIRST)
  second?.settle()
  expect(findPendingExamples(dataDir, false, LATER)).toBeUndefined()
})

it('finds none in a directory that is not new, and makes nothing there', () => {
  const dataDir = setup()
  expect(findPendingExamples(dataDir, false, LATER)).toBeUndefined()
  expect(existsSync(dataDir)).toBe(false)
})

it('takes the day of now where the file has lost its own', () => {
  const dataDir = setup()
  findPendingExamples(dataDir, true, FIRST)
  truncateSync(path.join(dataDir, 'examples-pending'))
  expect(findPendingExamples(dataDir, false, LATER)?.since).toEqual(LATER)
})

it('leaves it to the database to tell of a place that cannot be written to', () => {
  expect(findPendingExamples('/proc/aviso/sandbox', true, FIRST)).toBeUndefined()
})
