/** Huge pages for PostgreSQL's shared memory, as its manual advises: set aside by the machine's owner, or here by root. */

import { readFileSync, writeFileSync } from 'node:fs'

const SETTING = '/proc/sys/vm/nr_hugepages'

export interface HugePages {
  /** As PostgreSQL's `huge_pages` has it. */
  readonly setting: 'on' | 'off'
  /** Gives back what was set aside here. */
  release(): void
}

/** @param sharedMiB of shared buffers; what else is shared is a twentieth of it */
export function reserveHugePages(sharedMiB: number): HugePages {
  const none: HugePages = { setting: 'off', release: () => undefined }
  const read = (): { total: number; free: number; sizeMiB: number } => {
    const text = readFileSync('/proc/meminfo', 'utf8')
    const valueOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1])
    const [total, free] = [valueOf('HugePages_Total'), valueOf('HugePages_Free')]
    return {
      total,
      free: free - valueOf('HugePages_Rsvd'),
      sizeMiB: valueOf('Hugepagesize') / 1024,
    }
  }
  try {
    const { total, free, sizeMiB } = read()
    const wanted = Math.ceil((sharedMiB * 1.06) / sizeMiB)
    if (free >= wanted) return { ...none, setting: 'on' }
    writeFileSync(SETTING, String(total + wanted - free))
    const release = (): void => {
      writeFileSync(SETTING, String(total))
    }
    // The kernel sets aside as many as it finds in one piece.
    if (read().free >= wanted) return { setting: 'on', release }
    release()
    return none
  } catch {
    // No such kernel, or no right to it.
    return none
  }
}
