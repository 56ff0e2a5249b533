import { describe, expect, it } from 'vitest'
import { graph, setup, WABA_ID } from './setup.ts'
import type { Answer, Bench, Json } from './setup.ts'

const LIST = `${WABA_ID}/message_templates`

function create(bench: Bench, more: Json = {}): Promise<Answer> {
  const text = 'El pedido {{1}} está listo.'
  const components = [{ type: 'BODY', text, example: { body_text: [['PO-1']] } }]
  const body = { name: 'po_ready', language: 'es', category: 'UTILITY', components, ...more }
  return graph(bench.emulator, LIST, { method: 'POST', body })
}

describe('a review', () => {
  it('ends as the script says, once, and with the category from the start', async () => {
    await using bench = await setup({ reviewMs: 20 })
    const { control } = bench.emulator
    control.scriptReview({ status: 'REJECTED', reason: 'INVALID_FORMAT', category: 'MARKETING' })
    expect((await create(bench)).json).toMatchObject({ status: 'PENDING', category: 'MARKETING' })
    expect((await create(bench, { name: 'po_other' })).json).toMatchObject({ category: 'UTILITY' })
    await control.settled()
    const value = (name: string) =>
      bench.hook.received
        .map(({ body: received }) => received.entry[0]?.changes[0]?.value)
        .find((one) => one?.['message_template_name'] === name)
    expect(value('po_ready')).toMatchObject({ event: 'REJECTED', reason: 'INVALID_FORMAT' })
    expect(value('po_other')).toMatchObject({ event: 'APPROVED' })
  })

  it('is scripted over HTTP, for a name and its language', async () => {
    await using bench = await setup({ reviewMs: 20 })
    const body = { name: 'po_ready', language: 'es', status: 'REJECTED', delay_ms: 0 }
    const response = await fetch(`${bench.emulator.url}/_emulator/reviews`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(200)
    await create(bench, { language: 'de' })
    await create(bench)
    await bench.emulator.control.settled()
    const answer = await graph(bench.emulator, `${LIST}?name=po_ready`)
    const all = answer.json['data'] as Json[]
    expect(all.map((row) => [row['language'], row['status']])).toEqual([
      ['de', 'APPROVED'],
      ['es', 'REJECTED'],
    ])
  })
})
