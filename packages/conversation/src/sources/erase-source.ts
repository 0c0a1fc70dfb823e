import type * as Y from "yjs"
import { type Erasing, Sweep } from "../erasing/id-ranges.ts"
import { ConversationOrigin } from "../origin.ts"
import { KeyIndex } from "../record-key.ts"
import { ERASED } from "./source-layout.ts"
import { readAdditions } from "./source-meta.ts"

/**
 * Erases a source: its text, its passages, what was noted about it, and the bytes of its file. It stays as one that was erased, and is not added again. What citations,
 * retrievals and notes quote of it stands in other documents, and its card in the index: see `eraseCard`.
 */
export function eraseSource(ydoc: Y.Doc): Erasing {
  const meta = ydoc.getMap<unknown>("meta")
  const sweep = new Sweep()
  const blobs = readAdditions(new KeyIndex(meta)).flatMap(({ blob, sha256 }) => (blob && sha256 !== undefined ? [sha256] : []))
  for (const [name, type] of ydoc.share) {
    if (name === "meta") sweep.inside(meta, new Set(["schema", ERASED]))
    else sweep.inside(type)
  }
  // Nothing fills the empty places: the keys are those of single Y.Docs, and a source that was erased is not begun again.
  const write = (): void => void meta.set(ERASED, true)
  return { ranges: sweep.ranges(), blobs: [...new Set(blobs)].sort(), after: () => ydoc.transact(write, new ConversationOrigin("erase")) }
}
