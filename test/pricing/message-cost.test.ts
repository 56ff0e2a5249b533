import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { costOfMessage } from '../../src/pricing/message-cost.ts'
import { openRateCard } from '../../src/pricing/open-rate-card.ts'
import { builtInCard } from '../../src/pricing/rate-card.ts'

const message = (pricing: object, delivered = '2026-11-22T09:00:00Z') => ({
  pricing,
  delivered_at: new Date(delivered),
  recipient_phone: '+34612345678',
  recipient_user_id: null,
})
const PMP = { pricing_model: 'PMP', type: 'regular', category: 'utility', billable: true }

describe('costOfMessage', () => {
  const card = builtInCard()
  it('is the card’s price, nothing, or unknown', () => {
    expect(costOfMessage(message(PMP), card)).toEqual({
      amount: '0.0200',
      currency: 'USD',
      category: 'utility',
      billable: true,
    })
    const free = { ...PMP, type: 'free_customer_service', billable: false }
    expect(costOfMessage(message(free), card)).toEqual({
      amount: '0.0000',
      currency: 'USD',
      category: 'utility',
      billable: false,
    })
    const conversation = { pricing_model: 'CBP', category: 'utility', billable: true }
    expect(costOfMessage(message(conversation, '2025-03-01T00:00:00Z'), card)).toBeNull()
    expect(costOfMessage(message(PMP, '2026-01-01T00:00:00Z'), card)).toBeNull()
    expect(costOfMessage({ ...message(PMP), delivered_at: null }, card)).toBeNull()
  })
})

describe('openRateCard', () => {
  const write = async (content: string): Promise<string> => {
    const directory = await mkdtemp(path.join(tmpdir(), 'aviso-card-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const file = path.join(directory, 'card.json')
    await writeFile(file, content)
    return file
  }

  it('reads the operator’s own card, and without one that of Aviso', async () => {
    const own = {
      source: 'our contract',
      read_on: '2026-11-01',
      markets: { Spain: ['ES'] },
      periods: [{ from: '2026-10', currency: 'EUR', rates: { Spain: { utility: '0.0165' } } }],
    }
    const card = openRateCard(await write(JSON.stringify(own)))
    expect(costOfMessage(message(PMP), card)).toMatchObject({ amount: '0.0165', currency: 'EUR' })
    expect(openRateCard(null).source).toContain('third party')
  })

  it('says what is wrong with a card', async () => {
    const faultOf = async (content: string) => {
      const file = await write(content)
      return () => openRateCard(file)
    }
    expect(() => openRateCard('/nowhere/card.json')).toThrow(/cannot be read/)
    expect(await faultOf('{')).toThrow(/is no JSON/)
    const broken = await faultOf('{"source":"x","read_on":"2026-11-01","periods":[]}')
    expect(broken).toThrow(expect.objectContaining({ code: 'configuration' }))
    expect(broken).toThrow(/markets/)
    const months = Array.from({ length: 40 }, () => ({
      from: '2026-13',
      currency: 'EUR',
      rates: {},
    }))
    const card = { source: 'x', read_on: '2026-11-01', markets: {}, periods: months }
    expect(await faultOf(JSON.stringify(card))).toThrow(/periods\[4\].* and 35 more/)
  })
})
