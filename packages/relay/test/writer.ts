import * as Y from "yjs"

/** A document of one device, whose edits are taken as updates. */
export class Writer {
  readonly doc: Y.Doc

  constructor(clientId?: number) {
    this.doc = new Y.Doc()
    if (clientId !== undefined) this.doc.clientID = clientId
  }

  /** The update of one transaction. */
  edit(change: (doc: Y.Doc) => void): Uint8Array {
    let update: Uint8Array | undefined
    const taken = (bytes: Uint8Array): void => {
      update = bytes
    }
    this.doc.once("update", taken)
    this.doc.transact(() => change(this.doc))
    this.doc.off("update", taken)
    if (update === undefined) throw new Error("the edit changed nothing")
    return update
  }

  /** Appends `text` to the text `t`. */
  type(text: string): Uint8Array {
    return this.edit((doc) => doc.getText("t").insert(doc.getText("t").length, text))
  }

  get text(): string {
    return textOf(Y.encodeStateAsUpdate(this.doc))
  }
}

/** The text `t` that `updates` amount to, in this order. */
export function textOf(...updates: readonly Uint8Array[]): string {
  return docOf(...updates)
    .getText("t")
    .toJSON()
}

/** The document that `updates` amount to. */
function docOf(...updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}
