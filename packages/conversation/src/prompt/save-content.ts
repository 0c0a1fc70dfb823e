import type * as Y from "yjs"
import { SCHEMA_VERSION } from "../conversation-layout.ts"
import { ConversationOrigin } from "../origin.ts"
import { type PromptVersion, versionRecords } from "./prompt-versions.ts"

/**
 * Writes a version into a prompt's document and returns its id. No draft is touched: to save what a draft says, and have it stand on that, is
 * `Prompt.saveVersion`; this is for what no draft says, an old content that is to hold again.
 * @throws ConversationError `too-large` as `contentJson`, and for too many parents, with nothing written.
 */
export function saveContent(ydoc: Y.Doc, version: Omit<PromptVersion, "id">): string {
  const stored = versionRecords(version)
  ydoc.transact(() => {
    const meta = ydoc.getMap<unknown>("meta")
    if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
    const contents = ydoc.getMap<unknown>("contents")
    // Under its hash it can be nothing else; what a stranger broke is mended.
    if (contents.get(stored.contentHash) !== stored.content) contents.set(stored.contentHash, stored.content)
    ydoc.getMap<unknown>("versions").set(stored.id, stored.record)
  }, new ConversationOrigin("save-version"))
  return stored.id
}
