/** What a file of text takes on the device, as a multiple of its size: words, and what is remembered of them until a relay has them. */
const SPACE_PER_BYTE = 1.3
/** How much larger text is that was packed. */
const PACKED_TEXT = 6

/** Bytes that importing `files` may need and that are free, when that may be too little; `undefined` when it fits, or the browser does not say. */
export async function spaceFor(files: readonly File[]): Promise<{ readonly needed: number; readonly free: number } | undefined> {
  try {
    const { quota, usage } = await navigator.storage.estimate()
    if (quota === undefined || usage === undefined) return undefined
    const free = Math.max(0, quota - usage)
    const needed = files.reduce((sum, file) => sum + file.size * SPACE_PER_BYTE * (isPacked(file.name) ? PACKED_TEXT : 1), 0)
    return needed > free ? { needed, free } : undefined
  } catch {
    return undefined
  }
}

function isPacked(name: string): boolean {
  return /\.(?:zip|gz)$/i.test(name)
}
