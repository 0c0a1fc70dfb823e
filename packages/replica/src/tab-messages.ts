import type { DocumentId } from "@polylogue/protocol"
import type { ConnectionFacts } from "./connection-part.ts"
import type { SyncFacts } from "./document.ts"
import type { RegisterMessage } from "./registers/register-messages.ts"

/**
 * What tabs of one store say to each other. Every message is a hint that may be lost, late or doubled; what is true stands in the store.
 * Each tab counts its messages (`count` 1, 2, 3 …), so that another tab notices when it has missed one, and reads the store.
 * - `lead`: the sender holds the socket, and so its connection stands.
 * - `facts`: what the holder knows of documents.
 * - `changed`: the sender has written to these documents; `emptied` ones were reset.
 * - `documents`: all that the sender has open. Asked for by `who`, which the holder sends when it becomes the holder.
 * - `watch`: all prefixes that the sender watches. Said when they change, when asked by `who`, and now and then.
 * - `awareness`: presence, on its way to the relay, or from there.
 * - `look`: the sender has begun to look who is in a document, and asks for what was heard before.
 * - `reconnect`, `token`, `cut-off`: what the user asked for in the sender's tab.
 * - `blobs`: the sender has put blobs on the device, which wait for their upload.
 * - `register`: something about registers; see `registers/register-messages.ts`.
 * - `gone`: the sender is closing.
 */
export type TabMessage = { readonly app: typeof APP; readonly tab: string; readonly count: number } & (
  | { readonly type: "lead"; readonly facts: ConnectionFacts }
  | { readonly type: "facts"; readonly documents: readonly (readonly [DocumentId, SyncFacts])[] }
  | { readonly type: "changed"; readonly documents: readonly DocumentId[] }
  | { readonly type: "documents"; readonly documents: readonly DocumentId[] }
  | { readonly type: "watch"; readonly prefixes: readonly string[] }
  | { readonly type: "awareness"; readonly documentId: DocumentId; readonly update: Uint8Array }
  | { readonly type: "look"; readonly documentId: DocumentId }
  | { readonly type: "token"; readonly token: string }
  | { readonly type: "cut-off"; readonly cutOff: boolean }
  | { readonly type: "register"; readonly body: RegisterMessage }
  | { readonly type: "who" | "reconnect" | "blobs" | "gone" }
)

/** A message without its sender. */
export type TabMessageBody = TabMessage extends infer M ? (M extends TabMessage ? Omit<M, "app" | "tab" | "count"> : never) : never

export const APP = "polylogue-replica-1"

/** Whether `message` is one of ours, of this version. Tabs of one origin are trusted; tabs of another version of the app are not understood. */
export function isTabMessage(message: unknown): message is TabMessage {
  if (typeof message !== "object" || message === null) return false
  const { app, tab, type, count } = message as Record<string, unknown>
  return app === APP && typeof tab === "string" && typeof type === "string" && typeof count === "number"
}
