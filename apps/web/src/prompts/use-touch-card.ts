import { MAIN_DRAFT, promptCards } from "@polylogue/conversation"
import { type OpenPrompt, type OpenWorkspace, usePolylogue } from "@polylogue/react"
import { useEffect } from "react"
import type * as Y from "yjs"

/** What is written here shows on the list after a pause of so many ms, and when one leaves. */
const NOTED_AFTER_MS = 1500

/** Notes on the card of a prompt that somebody here is at work on it, and how it begins: by what it is for, else by its text. */
export function useTouchCard(workspace: OpenWorkspace | undefined, held: OpenPrompt | undefined): void {
  const polylogue = usePolylogue()
  useEffect(() => {
    if (workspace === undefined || held === undefined) return
    const { prompt, promptId } = held
    let timer: ReturnType<typeof setTimeout> | undefined
    const note = (): void => {
      clearTimeout(timer)
      timer = undefined
      const cards = promptCards(workspace.index)
      // Whoever was let into one prompt alone has no card of it to write on.
      if (cards.getCard(promptId) === undefined || workspace.open.document.status.mayWrite === false) return
      const { description } = prompt.getMeta()
      const text = prompt.getContent(MAIN_DRAFT).slots.find((slot) => slot.text.trim() !== "")?.text ?? ""
      const relayNow = polylogue.now() + polylogue.replica.status.relayTimeOffsetMs
      cards.touch(promptId, { clock: relayNow, snippet: description.trim() === "" ? text : description, authorId: polylogue.author.id })
    }
    const written = ({ local, changed }: Y.Transaction): void => {
      if (local && changed.size > 0) timer ??= setTimeout(note, NOTED_AFTER_MS)
    }
    prompt.ydoc.on("afterTransaction", written)
    return () => {
      prompt.ydoc.off("afterTransaction", written)
      if (timer !== undefined) note()
    }
  }, [polylogue, workspace, held])
}
