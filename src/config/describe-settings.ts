/** The table of settings as texts: the help, `.env.example` and docs/configuration.md. */

import { deprecatedVariables, settingGroups } from './settings.ts'
import { defaultText } from './setting.ts'
import type { Setting } from './setting.ts'

const HELP_WIDTH = 100

/** What stands under `aviso serve --help`. */
export function renderServeHelp(): string {
  const lines = [
    '',
    'Environment (.env of the working directory is read too; a real variable wins):',
  ]
  for (const group of settingGroups) {
    lines.push('', `  ${group.title}`)
    for (const one of group.settings) {
      lines.push(`    ${one.env}`, ...wrap(`${one.meaning} ${inBrackets(one)}`, 8))
    }
  }
  lines.push('', '  Deprecated, without effect')
  for (const { env, replacement } of deprecatedVariables) {
    lines.push(`    ${env}`, ...wrap(`Use ${replacement} in its place.`, 8))
  }
  return lines.join('\n')
}

export function renderEnvExample(): string {
  const lines = [
    '# Settings of Aviso. Copy to .env and fill in what `npx aviso serve` requires; the rest shows its',
    '# default. The sandbox (`npm start`) needs none of this. Made from the table of settings.',
  ]
  for (const group of settingGroups) {
    lines.push('', `# --- ${group.title} ---`)
    for (const one of group.settings) {
      lines.push('', ...wrap(`${one.meaning} ${inBrackets(one)}`, 0, '# '), exampleLine(one))
    }
  }
  return `${lines.join('\n')}\n`
}

/** Markdown, before the formatter. */
export function renderConfigurationDocs(): string {
  const lines = [
    '# Configuration',
    '',
    'Aviso is configured by environment variables; `.env` of the working directory is read where it',
    'exists, and a real variable wins over it. `npx aviso serve` checks all of them before it does',
    'anything: with a missing or malformed one it prints one line each and exits with 78. An empty',
    'variable counts as unset, but for `AVISO_PUBLISH`.',
    '',
    'The sandbox (`npm start`) needs none of them. It reads no variable that begins with `WHATSAPP_`,',
    'nor `DATABASE_URL`, `RABBITMQ_URL` and `AVISO_ADMIN_KEY`, and says so where they are set.',
    '',
    'This page is made from the table of settings by `npx tsx scripts/write-config-docs.mjs`.',
  ]
  for (const group of settingGroups) {
    lines.push('', `## ${group.title}`, '', ...introduction(group.advanced))
    lines.push('| variable | meaning | unit | default |', '| --- | --- | --- | --- |')
    for (const one of group.settings) lines.push(tableRow(one))
  }
  lines.push(
    '',
    '## Deprecated',
    '',
    'Of the former set-up; they have no effect, and a warning each.',
    '',
  )
  lines.push('| variable | use instead |', '| --- | --- |')
  for (const { env, replacement } of deprecatedVariables) {
    lines.push(`| \`${env}\` | \`${replacement}\` |`)
  }
  return `${lines.join('\n')}\n`
}

function introduction(advanced: boolean): string[] {
  if (!advanced) return []
  return [
    'The defaults suit production: each is weighed against the others and against what Meta does. Change',
    'one only for a reason that you could write down.',
    '',
  ]
}

function tableRow(one: Setting<unknown>): string {
  const cells = [`\`${one.env}\``, one.meaning, one.unit ?? '', describeDefault(one, '`')]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function inBrackets(one: Setting<unknown>): string {
  const unit = one.unit === null ? '' : `in ${one.unit}; `
  return `(${unit}${one.absent.kind === 'required' ? '' : 'default '}${describeDefault(one, '')})`
}

function describeDefault(one: Setting<unknown>, mark: string): string {
  switch (one.absent.kind) {
    case 'required':
      return 'required'
    case 'value':
      return one.absent.says
    case 'default': {
      const { text, sandboxText } = one.absent
      const sandbox = sandboxText === undefined ? '' : `, sandbox ${mark}${sandboxText}${mark}`
      return `${mark}${text}${mark}${sandbox}`
    }
  }
}

function exampleLine(one: Setting<unknown>): string {
  if (one.absent.kind === 'required') return `${one.env}=`
  return `# ${one.env}=${defaultText(one, 'serve') ?? ''}`
}

function wrap(text: string, indent: number, prefix = ''): string[] {
  const width = HELP_WIDTH - indent - prefix.length
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  if (line !== '') lines.push(line)
  return lines.map((each) => `${' '.repeat(indent)}${prefix}${each}`)
}
