import { createHash } from 'node:crypto'

export interface Media {
  id: string
  bytes: Buffer
  mimeType: string
  sha256: string
  phoneNumberId: string
  uploadedAtMs: number
}

/** Uploaded files, in memory: 30 days, as Meta keeps them (reference, section 4). */
export interface MediaStore {
  add(id: string, bytes: Buffer, mimeType: string, phoneNumberId: string, nowMs: number): Media
  find(id: string, nowMs: number): Media | undefined
  remove(id: string): void
  clear(): void
}

const LIFETIME_MS = 30 * 24 * 60 * 60 * 1000
/** All of them together; the oldest make room. */
const CAPACITY_BYTES = 256 * 1024 * 1024

export function createMediaStore(): MediaStore {
  const byId = new Map<string, Media>()
  let size = 0
  const remove = (id: string): void => {
    size -= byId.get(id)?.bytes.length ?? 0
    byId.delete(id)
  }
  return {
    add(id, bytes, mimeType, phoneNumberId, nowMs) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const media: Media = { id, bytes, mimeType, sha256, phoneNumberId, uploadedAtMs: nowMs }
      byId.set(id, media)
      size += bytes.length
      for (const oldest of byId.keys()) {
        if (size <= CAPACITY_BYTES || oldest === id) break
        remove(oldest)
      }
      return media
    },
    find(id, nowMs) {
      const media = byId.get(id)
      return media !== undefined && nowMs - media.uploadedAtMs < LIFETIME_MS ? media : undefined
    },
    remove,
    clear() {
      byId.clear()
      size = 0
    },
  }
}
