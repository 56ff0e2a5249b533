import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds dist/ where it is missing, or older than any file of src/. Ends this process where that fails. */
export function buildWhereStale() {
  const built = path.join(root, 'dist/app.js')
  if (existsSync(built) && newestUnder(path.join(root, 'src')) <= statSync(built).mtimeMs) return
  const { status } = spawnSync(process.execPath, [path.join(root, 'scripts/build.mjs')], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

function newestUnder(folder) {
  const entries = readdirSync(folder, { withFileTypes: true })
  return Math.max(
    0,
    ...entries.map((entry) => {
      const place = path.join(folder, entry.name)
      return entry.isDirectory() ? newestUnder(place) : statSync(place).mtimeMs
    }),
  )
}
