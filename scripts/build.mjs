// Compiles src/ to dist/. A clean folder each time, so that a deleted source leaves no stale module; put in its place
// once it is whole, since a service may be running from it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = new URL('../dist', import.meta.url)
const made = new URL(`../dist.${String(process.pid)}`, import.meta.url)
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
const result = spawnSync(
  process.execPath,
  [tsc, '-p', 'tsconfig.build.json', '--outDir', fileURLToPath(made)],
  { cwd: root, stdio: 'inherit' },
)
if (result.status === 0) {
  rmSync(dist, { recursive: true, force: true })
  renameSync(made, dist)
  linkCommand()
} else rmSync(made, { recursive: true, force: true })
process.exit(result.status ?? 1)

/** Without it `npx aviso` installs this folder into a cache of its own first, and builds it for that. */
function linkCommand() {
  const link = new URL('../node_modules/.bin/aviso', import.meta.url)
  if (process.platform === 'win32' || existsSync(link)) return
  mkdirSync(new URL('.', link), { recursive: true })
  symlinkSync('../../bin/aviso.js', link)
}
