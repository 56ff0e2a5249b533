import { describe, expect, it } from 'vitest'
import { setupApi } from '../support/api.ts'

const OTHER = '11111111-1111-4111-8111-111111111111'

describe('the supplier directory', () => {
  const { call, post, nextEvent, createKey } = setupApi()
  const put = (id: string, body: unknown, key?: string) =>
    call(`/api/v1/suppliers/${encodeURIComponent(id)}`, {
      method: 'PUT',
      body: JSON.stringify(body),
      ...(key !== undefined && { key }),
    })
  const importCsv = (body: string) =>
    call('/api/v1/suppliers/import', { body, headers: { 'content-type': 'text/csv' } })

  it('writes a supplier with 201, changes it with 200, and answers with its shape', async () => {
    const made = await put('s 1/é', { name: 'Harinas', phones: ['612 34 56 78 '], language: 'es' })
    expect(made.status).toBe(422)
    expect(made.body).toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'phones[0]', code: 'invalid_phone' }],
    })
    const created = await put('s 1/é', { name: 'Harinas', phones: ['+34 612 345 678'] })
    expect(created.status).toBe(201)
    expect(created.body).toEqual({
      supplier_id: 's 1/é',
      tenant_id: '00000000-0000-0000-0000-000000000000',
      name: 'Harinas',
      phones: ['+34612345678'],
      language: null,
      email: null,
      opted_out_at: null,
      metadata: null,
      created_at: expect.any(String) as string,
      updated_at: expect.any(String) as string,
    })
    const changed = await put('s 1/é', { ...created.body, email: 'pedidos@harinas.example' })
    expect(changed.status).toBe(200)
    expect(changed.body).toMatchObject({ email: 'pedidos@harinas.example', name: 'Harinas' })
    const shown = await call(`/api/v1/suppliers/${encodeURIComponent('s 1/é')}`)
    expect(shown.body).toEqual(changed.body)
  })

  it('names every fault of a supplier', async () => {
    const answer = await put('s2', {
      name: ' ',
      phones: ['x'],
      language: '!',
      email: 'no',
      more: 1,
    })
    expect(answer.status).toBe(422)
    const errors = answer.body['errors'] as { field: string }[]
    expect(errors.map(({ field }) => field).sort()).toEqual(['email', 'language', 'more', 'name'])
    expect(errors.find(({ field }) => field === 'email')).toMatchObject({
      detail: expect.stringMatching(/e-mail/) as unknown,
      remedy: expect.stringMatching(/@/) as unknown,
    })
    expect((await call('/api/v1/suppliers/s2')).status).toBe(404)
    expect((await put('s2', { name: 'A', supplier_id: 's3' })).status).toBe(422)
    const text = await call('/api/v1/suppliers/s2', { method: 'PUT', body: '{' })
    expect(text.body['code']).toBe('invalid_json')
  })

  it('imports CSV once, reports each bad line, and the second time changes nothing', async () => {
    const file = [
      'supplier_id;name;phone;language;email;opted_out',
      'i1;Molino;+34612000001;es;;',
      'i2;Horno;not a phone;es;;',
      'i3;Pan;+34612000003;ca;pan@pan.example;true',
      'i1;Again;+34612000001;es;;',
      ';Nobody;;;;',
    ].join('\n')
    const first = await importCsv(file)
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({
      created: 2,
      updated: 0,
      unchanged: 0,
      rejected: [
        { line: 3, code: 'invalid_phone' },
        { line: 5, code: 'duplicate' },
        { line: 6, code: 'blank' },
      ],
    })
    const second = await importCsv(file)
    expect(second.body).toMatchObject({ created: 0, updated: 0, unchanged: 2 })
    expect((await call('/api/v1/suppliers/i3')).body['opted_out_at']).not.toBeNull()
    const renamed = await importCsv('supplier_id,name\ni1,Molino Nuevo\n')
    expect(renamed.body).toMatchObject({ updated: 1 })
    expect((await call('/api/v1/suppliers/i1')).body).toMatchObject({
      name: 'Molino Nuevo',
      phones: ['+34612000001'],
      language: 'es',
    })
  })

  it.each([[''], ['\n'], ['i9,Molino\n']])(
    'refuses a CSV without its header as a whole: %j',
    async (body) => {
      const refused = await importCsv(body)
      expect([refused.status, refused.body['code']]).toEqual([422, 'validation_failed'])
      expect(refused.body['detail']).toMatch(/The first line names the columns/)
    },
  )

  it('imports JSON, and takes no opt-out back by it', async () => {
    const body = JSON.stringify([{ supplier_id: 'i3', name: 'Pan', opted_out: false }])
    const answer = await call('/api/v1/suppliers/import', { body })
    expect(answer.body).toMatchObject({ unchanged: 1, rejected: [] })
    expect((await call('/api/v1/suppliers/i3')).body['opted_out_at']).not.toBeNull()
    const xml = { body: '<a/>', headers: { 'content-type': 'application/xml' } }
    expect((await call('/api/v1/suppliers/import', xml)).status).toBe(415)
  })

  it('lists newest first with cursor and search', async () => {
    const page = await call('/api/v1/suppliers?limit=2')
    const rows = page.body['data'] as { supplier_id: string }[]
    expect(rows).toHaveLength(2)
    const cursor = page.body['next_cursor'] as string
    const next = await call(`/api/v1/suppliers?limit=2&cursor=${cursor}`)
    const more = next.body['data'] as { supplier_id: string }[]
    expect(more.map((row) => row.supplier_id)).not.toContain(rows[0]?.supplier_id)
    const found = async (q: string) =>
      ((await call(`/api/v1/suppliers?q=${encodeURIComponent(q)}`)).body['data'] as unknown[])
        .length
    expect(await found('molino')).toBe(1)
    expect(await found('+34 612 000 003')).toBe(1)
    expect(await found('0034612000003')).toBe(1)
    expect(await found('34612000003')).toBe(1)
    expect(await found('i1')).toBe(1)
    expect(await found('olino')).toBe(0)
  })

  it('keeps tenants apart, and readers from writing', async () => {
    const key = await createKey('operator', OTHER)
    expect((await put('t1', { name: 'Ours' }, key)).body['tenant_id']).toBe(OTHER)
    expect((await call('/api/v1/suppliers/t1')).status).toBe(404)
    expect((await call(`/api/v1/suppliers/t1?tenant_id=${OTHER}`)).status).toBe(200)
    expect((await call('/api/v1/suppliers/i1', { key })).status).toBe(404)
    const foreign = { name: 'X', tenant_id: '00000000-0000-0000-0000-000000000000' }
    expect((await put('t1', foreign, key)).status).toBe(403)
    const viewer = await createKey('viewer', OTHER)
    expect((await put('t2', { name: 'X' }, viewer)).status).toBe(403)
    const gone = await call('/api/v1/suppliers/t1', { method: 'DELETE', key })
    expect(gone.status).toBe(204)
    expect((await call('/api/v1/suppliers/t1', { method: 'DELETE', key })).status).toBe(404)
  })

  it('gives an order without phone or language those of the directory', async () => {
    await put('d1', { name: 'Forn', phones: ['+34612000099'], language: 'ca' })
    const data = { supplier_id: 'd1', supplier_phone: null, language: null }
    const answer = await post(nextEvent(data))
    const id = String(answer.body['message_id'])
    expect((await call(`/api/v1/whatsapp/messages/${id}`)).body).toMatchObject({
      state: 'queued',
      recipient_phone: '+34612000099',
      template_language: 'ca',
    })
    const own = await post(nextEvent({ ...data, supplier_phone: '+34612000098', language: 'fr' }))
    expect(
      (await call(`/api/v1/whatsapp/messages/${String(own.body['message_id'])}`)).body,
    ).toMatchObject({
      recipient_phone: '+34612000098',
      template_language: 'fr',
    })
  })

  it.each([
    ['late', null, 'no_phone'],
    ['later', 'ask Juan', 'invalid_phone'],
  ])('looks again for a number when a message is retried: %s', async (supplier, phone, code) => {
    const answer = await post(nextEvent({ supplier_id: supplier, supplier_phone: phone }))
    const id = String(answer.body['message_id'])
    expect((await call(`/api/v1/whatsapp/messages/${id}`)).body).toMatchObject({
      state: 'failed',
      error_code: code,
    })
    const retry = `/api/v1/whatsapp/messages/${id}/retry`
    const refused = await call(retry, { method: 'POST' })
    expect(refused.status).toBe(409)
    expect(refused.body['detail']).toContain('supplier directory')
    await put(supplier, { name: 'Tarde', phones: ['+34612000055'] })
    const retried = await call(retry, { method: 'POST' })
    expect(retried.status).toBe(202)
    expect(retried.body).toMatchObject({ state: 'queued', recipient_phone: '+34612000055' })
  })

  it('refuses a direct message to whoever has opted out, until that is taken back', async () => {
    await put('o1', {
      name: 'Mudo',
      phones: ['+34612000077'],
      opted_out_at: '2026-01-01T00:00:00Z',
    })
    const body = JSON.stringify({
      to: '+34 612 000 077',
      type: 'template',
      template: { name: 'po_notification', language: 'es', parameters: ['a', 'b', 'c'] },
    })
    const refused = await call('/api/v1/whatsapp/messages', { body })
    expect(refused.status).toBe(422)
    expect(refused.body).toMatchObject({ code: 'opted_out', errors: [{ field: 'to' }] })
    const agreed = await put('o1', { name: 'Mudo', phones: ['+34612000077'], opted_out_at: null })
    expect(agreed.body['opted_out_at']).toBeNull()
    expect((await call('/api/v1/whatsapp/messages', { body })).status).toBe(202)
  })
})
