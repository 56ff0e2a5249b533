import { describe, expect, it } from 'vitest'
import { readCsvImport, readJsonImport } from '../../src/supplier/read-import.ts'

const csv = (text: string) => readCsvImport(Buffer.from(text))

describe('readCsvImport', () => {
  it('reads both separators, a byte order mark, quotes and any order of columns', () => {
    const expected = [
      {
        line: 2,
        value: { supplier_id: 's1', name: 'Harinas, del Sur', phone: '+34612345678' },
      },
    ]
    expect(csv('supplier_id,name,phone\r\ns1,"Harinas, del Sur",+34612345678\r\n').entries).toEqual(
      expected,
    )
    expect(
      csv("\uFEFFPhone;Name;supplier_id\n'+34612345678;Harinas, del Sur;s1\n").entries,
    ).toEqual(expected)
  })

  it('names the line of a faulty record and goes on', () => {
    const read = csv('supplier_id,name\ns1,A\ns2\n\ns3,C,more\ns4,D\n')
    expect(read.entries.map(({ line }) => line)).toEqual([2, 6])
    expect(read.unreadable.map(({ line, code }) => [line, code])).toEqual([
      [3, 'invalid_line'],
      [5, 'invalid_line'],
    ])
  })

  it('counts the lines of the file, and reports what stretches over several by the first', () => {
    const read = csv('supplier_id,name\r\nz1,"un\r\nx"\r\n,b\r\nz2,"A\r\nB",more\r\nz3,C\r\n')
    expect(read.entries).toMatchObject([
      { line: 2, value: { supplier_id: 'z1', name: 'un\r\nx' } },
      { line: 4, value: { supplier_id: '', name: 'b' } },
      { line: 7, value: { supplier_id: 'z3' } },
    ])
    expect(read.unreadable.map(({ line }) => line)).toEqual([5, 6])
  })

  it('loses to a quotation mark that is not closed no line but its own', () => {
    const read = csv('supplier_id,name\nz5,"abc\nz6,def\nz7,ghi')
    expect(read.entries.map(({ line }) => line)).toEqual([3, 4])
    expect(read.unreadable).toEqual([
      { line: 2, code: 'invalid_line', detail: expect.stringMatching(/quotation mark/) },
    ])
  })

  it('keeps columns of other names as metadata, and reads yes and no', () => {
    const { entries } = csv('supplier_id,name,opted_out,Route\ns1,A,sí,7\ns2,B,,8\ns3,C,maybe,9')
    expect(entries.map(({ value }) => value)).toMatchObject([
      { opted_out: true, metadata: { Route: '7' } },
      { opted_out: false },
      { opted_out: 'maybe' },
    ])
  })

  it('knows its own columns in any case, and writes the names of others as they are', () => {
    const { entries } = csv('Supplier_ID,NAME,Opted_Out,SAP Nº,sap nº\ns1,A,no,7,8')
    expect(entries[0]?.value).toEqual({
      supplier_id: 's1',
      name: 'A',
      opted_out: false,
      metadata: { 'SAP Nº': '7', 'sap nº': '8' },
    })
    expect(() => csv('supplier_id,name,NAME\n')).toThrow(/the column name twice/)
  })

  it('refuses a file without its header, with a column twice, or in another encoding', () => {
    expect(() => csv('s1,A,+34612345678')).toThrow(/no column supplier_id and no column name/)
    expect(() => csv('supplier_id,name,name\n')).toThrow(/twice/)
    expect(() => csv('supplier_id,"name\ns1,A')).toThrow(/header.*quotation mark/)
    for (const empty of ['', '\uFEFF', ' \r\n\n']) {
      expect(() => csv(empty)).toThrow(/is empty\. The first line names the columns: supplier_id,/)
    }
    expect(() => readCsvImport(Buffer.from([0x73, 0xe9, 0x0a]))).toThrow(/UTF-8/)
  })
})

describe('readJsonImport', () => {
  it('reads a list, or an object that has one', () => {
    const json = (value: unknown) => readJsonImport(Buffer.from(JSON.stringify(value)))
    expect(json([{ supplier_id: 's1' }]).entries).toEqual([
      { line: 1, value: { supplier_id: 's1' } },
    ])
    expect(json({ suppliers: [1, 2] }).entries).toHaveLength(2)
    expect(() => json({})).toThrow(/list/)
    expect(() => readJsonImport(Buffer.from('['))).toThrow(/no JSON/)
  })
})
