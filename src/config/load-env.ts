import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { coerceError } from '../lib/errors.ts'
import type { Env } from './setting.ts'

/**
 * The environment with `.env` of the working directory under it: a real variable wins, even an empty
 * one, so that a shell can undo a line of the file.
 */
export function loadEnv(
  real: Env,
  directory: string,
): { ok: true; env: Env } | { ok: false; problem: string } {
  const file = path.join(directory, '.env')
  try {
    return { ok: true, env: { ...parseEnv(readFileSync(file, 'utf8')), ...withoutUnset(real) } }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ok: true, env: { ...real } }
    return {
      ok: false,
      problem: `${file} cannot be read (${coerceError(error).message}). Make it readable, or remove it.`,
    }
  }
}

function withoutUnset(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
}
