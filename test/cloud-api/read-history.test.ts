import { expect, it } from 'vitest'
import { readHistory } from '../../src/cloud-api/read-history.ts'

const WAMID = 'wamid.one'
const read = (data: unknown) => readHistory({ kind: 'ok', value: { data } }, WAMID)
const entry = (events: unknown, wamid = WAMID) => ({ id: '1', message_id: wamid, events })

it('reads the delivery events of the message that was asked for, and of no other', () => {
  const events = {
    data: [
      { id: '9', delivery_status: 'SENT', timestamp: 1_790_000_000 },
      { id: '8', delivery_status: 'FAILED', timestamp: '1790000001', error_description: '131026' },
    ],
  }
  expect(read([entry(events), entry(events, 'wamid.other')])).toEqual({
    kind: 'ok',
    events: [
      { status: 'sent', timestamp: '1790000000', error: null },
      { status: 'failed', timestamp: '1790000001', error: '131026' },
    ],
  })
})

it.each([
  ['no list', null],
  ['an entry without events', [entry(undefined)]],
  ['a status that says nothing of arrival', [entry([{ delivery_status: 'DELETED' }])]],
  ['an event that is no object', [entry([7, null, { delivery_status: 3 }])]],
])('leaves out %s', (_name, data) => {
  expect(read(data)).toEqual({ kind: 'ok', events: [] })
})

it('bears a time that is none, and a list without an envelope', () => {
  expect(read([entry([{ delivery_status: 'read', timestamp: 'today' }])])).toEqual({
    kind: 'ok',
    events: [{ status: 'read', timestamp: null, error: null }],
  })
})

it('passes on that Meta cannot be asked', () => {
  expect(readHistory({ kind: 'unreachable', reason: 'cut' }, WAMID)).toEqual({
    kind: 'unreachable',
    reason: 'cut',
  })
})
