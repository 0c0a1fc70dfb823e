import { Source, sourceDocumentId } from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import { writingOptions } from "../device/writing-options.ts"

/** What `use` gives of a source that is opened for it and closed after it, whatever is on screen. What it wrote is on this device's disk then. */
export async function withSource<Value>(polylogue: Polylogue, sourceId: string, use: (source: Source) => Value): Promise<Value> {
  const { replica, workspace } = polylogue
  const document = await replica.open(sourceDocumentId(workspace, sourceId))
  try {
    const source = new Source(document.ydoc, writingOptions(polylogue))
    try {
      return use(source)
    } finally {
      source.destroy()
    }
  } finally {
    await document.close()
  }
}
