import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { format, resolveConfig } from 'prettier'
import { describe, expect, it } from 'vitest'
import {
  renderConfigurationDocs,
  renderEnvExample,
  renderServeHelp,
} from '../../src/config/describe-settings.ts'
import { deprecatedVariables, settingGroups, settings } from '../../src/config/settings.ts'
import { loadServeConfig } from '../../src/config.ts'

const docsUrl = new URL('../../docs/configuration.md', import.meta.url)
const exampleUrl = new URL('../../.env.example', import.meta.url)
const REMEDY = 'run: npx tsx scripts/write-config-docs.mjs'

describe('the documents made from the table of settings', () => {
  it('has a current docs/configuration.md', async () => {
    const options = (await resolveConfig(docsUrl)) ?? {}
    const expected = await format(renderConfigurationDocs(), { ...options, parser: 'markdown' })
    expect(await readFile(docsUrl, 'utf8'), REMEDY).toBe(expected)
  })

  it('has a current .env.example', async () => {
    expect(await readFile(exampleUrl, 'utf8'), REMEDY).toBe(renderEnvExample())
  })

  it('shows in .env.example defaults that are the defaults', async () => {
    const example = await readFile(exampleUrl, 'utf8')
    const required = {
      WHATSAPP_ACCESS_TOKEN: 'token',
      WHATSAPP_PHONE_NUMBER_ID: '1',
      WHATSAPP_BUSINESS_ACCOUNT_ID: '2',
      WHATSAPP_APP_SECRET: 's'.repeat(32),
      WHATSAPP_WEBHOOK_VERIFY_TOKEN: 'word',
    }
    const now = new Date('2026-11-23T00:00:00Z')
    const uncommented = parseEnv(example.replaceAll(/^# (?=[A-Z_]+=)/gm, ''))
    expect(Object.keys(uncommented)).toHaveLength(Object.keys(settings).length)
    expect(loadServeConfig({ ...uncommented, ...required }, { now })).toEqual(
      loadServeConfig(required, { now }),
    )
  })

  it('lists every setting and every deprecated variable in the help, within 100 columns', () => {
    const help = renderServeHelp()
    const names = [...Object.values(settings), ...deprecatedVariables].map((one) => one.env)
    for (const name of names) expect(help).toMatch(new RegExp(`^ +${name}$`, 'm'))
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })

  it('has each setting in one group', () => {
    const grouped = settingGroups.flatMap((group) => group.settings.map((one) => one.env))
    expect(grouped.sort()).toEqual(
      Object.values(settings)
        .map((one) => one.env)
        .sort(),
    )
    expect(new Set(grouped).size).toBe(grouped.length)
  })
})
