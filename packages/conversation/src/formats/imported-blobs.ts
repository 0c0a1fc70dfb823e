import { sha256Hex } from "../content-hash.ts"

/** Bytes that stood in an import: a `data:` URL, a member of a zip, an attachment's text. */
export interface ImportedBlob {
  /** SHA-256 of `bytes` in lower-case hex: its name. */
  readonly sha256: string
  readonly bytes: Uint8Array
  readonly mediaType: string
}

/** Collects the bytes of one conversation; the same bytes are one blob. */
export class ImportedBlobs {
  readonly #blobs = new Map<string, ImportedBlob>()

  /** Takes `bytes` in, which must not change afterwards, and returns their hash. */
  add(bytes: Uint8Array, mediaType: string): string {
    const sha256 = sha256Hex(bytes)
    if (!this.#blobs.has(sha256)) this.#blobs.set(sha256, { sha256, bytes, mediaType })
    return sha256
  }

  list(): readonly ImportedBlob[] {
    return [...this.#blobs.values()]
  }
}
