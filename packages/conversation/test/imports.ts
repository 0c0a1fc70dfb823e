import * as Y from "yjs"
import {
  applyImport,
  AnsweringConversation,
  ConversationView,
  exportNative,
  type ImportedConversation,
  type ImportItem,
  importSegments,
  type ImportReport,
  type NativeConversation,
  parseImport,
  writeNativeFile,
} from "@polylogue/conversation"
import { seededBytes, seededRandom } from "./devices.ts"

let views = 0

/** Imports files as a device with nothing on it would. */
export class Shelf {
  /** Segment 0 of each conversation. */
  readonly docs = new Map<string, Y.Doc>()
  readonly #later = new Map<string, Y.Doc[]>()
  readonly index = new Y.Doc()

  import(...contents: readonly (string | Uint8Array)[]): ImportReport[] {
    return this.apply(this.items(...contents))
  }

  items(...contents: readonly (string | Uint8Array)[]): Iterable<ImportItem> {
    return parseImport(contents.map((content, position) => ({ name: `file-${position}.json`, content })))
  }

  apply(items: Iterable<ImportItem>): ImportReport[] {
    return [...items].map((item) =>
      item.kind === "report"
        ? item.report
        : applyImport(item, { conversationDocs: this.segments(item.conversation), indexDoc: this.index }),
    )
  }

  /** The documents that an import of `conversation` needs. */
  segments(conversation: ImportedConversation): readonly Y.Doc[] {
    const { id } = conversation
    const count = importSegments(conversation, this.doc(id))
    const later = this.#later.get(id) ?? []
    this.#later.set(id, later)
    while (later.length + 1 < count) later.push(new Y.Doc())
    return [this.doc(id), ...later]
  }

  /** A view of all segments of a conversation. */
  view(id: string): ConversationView {
    return new ConversationView(this.#documents(id))
  }

  #documents(id: string): ReadonlyMap<number, Y.Doc> {
    return new Map([this.doc(id), ...(this.#later.get(id) ?? [])].entries())
  }

  doc(id: string): Y.Doc {
    const known = this.docs.get(id)
    if (known !== undefined) return known
    const fresh = new Y.Doc()
    this.docs.set(id, fresh)
    return fresh
  }

  /** Counts the updates that all documents emit while `run` runs. */
  countUpdates(run: () => void): number {
    let count = 0
    const counter = (): void => {
      count++
    }
    const docs = [...this.docs.values(), ...[...this.#later.values()].flat(), this.index]
    for (const doc of docs) doc.on("update", counter)
    run()
    for (const doc of docs) doc.off("update", counter)
    return count
  }

  native(): NativeConversation[] {
    return [...this.docs.keys()].map((id) => exportNative(id, this.view(id)))
  }

  nativeFile(): string {
    return [...writeNativeFile(this.native())].join("")
  }

  conversation(id: string, writer = "reader"): AnsweringConversation {
    return new AnsweringConversation(this.#documents(id), {
      writer,
      author: { id: `user-${writer}`, kind: "person" },
      now: () => 1_800_000_000_000,
      // Every view has randomness of its own: minted ids must never meet.
      randomBytes: seededBytes(seededRandom(++views)),
    })
  }
}

export function statuses(reports: readonly ImportReport[]): string[] {
  return reports.map((report) => (report.reason === null ? report.status : `${report.status}: ${report.reason.code}`))
}
