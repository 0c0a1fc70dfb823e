import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Random } from "./random-changes.ts"

/** Which of `needles` stand, byte for byte, in some file below `folder`. */
export async function foundIn(folder: string, needles: Readonly<Record<string, Uint8Array>>): Promise<string[]> {
  const found = new Set<string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    // A file that LevelDB deletes meanwhile is one that holds nothing.
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0))
    for (const [name, needle] of Object.entries(needles)) if (bytes.includes(Buffer.from(needle))) found.add(name)
  }
  return [...found].toSorted()
}

/** `length` bytes that nothing compresses and nobody else writes. */
export function noise(random: Random, length = 64): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256))
}
