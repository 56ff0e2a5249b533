// Compiles src/ to dist/. A clean folder each time, so that a deleted source leaves no stale module; put in its place
// once it is whole, since a service may be running from it. With --if-needed only where a source is younger: the first
// `npx aviso` of a checkout runs `prepare`, which would build everything anew under the service.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = path.join(root, 'dist')
if (process.argv.includes('--if-needed') && isCurrent()) process.exit(0)

const made = path.join(root, `dist.${String(process.pid)}`)
const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
const began = new Date()
const result = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', made], {
  cwd: root,
  stdio: 'inherit',
})
if (result.status === 0) {
  rmSync(dist, { recursive: true, force: true })
  renameSync(made, dist)
  utimesSync(dist, began, began)
} else rmSync(made, { recursive: true, force: true })
process.exit(result.status ?? 1)

function isCurrent() {
  if (!existsSync(dist)) return false
  const sources = readdirSync(path.join(root, 'src'), { recursive: true }).map((file) =>
    path.join('src', file),
  )
  // Folders, too: theirs changes when a source is deleted.
  const all = [...sources, 'src', 'tsconfig.build.json', 'tsconfig.json', 'package-lock.json']
  const { mtimeMs } = statSync(dist)
  return all.every((file) => statSync(path.join(root, file)).mtimeMs < mtimeMs)
}
