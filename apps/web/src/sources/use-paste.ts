import { useEffect, useRef } from "react"

/** What was pasted: files, or a text. */
export interface Pasted {
  readonly files: readonly File[]
  readonly text: string
}

/** Takes what is pasted on the page while nobody writes in a field and nothing lies over it. */
export function usePaste(onPaste: (pasted: Pasted) => void): void {
  const latest = useRef(onPaste)
  useEffect(() => {
    latest.current = onPaste
  }, [onPaste])
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const { target, clipboardData } = event
      const isWriting = target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null
      if (clipboardData === null || event.defaultPrevented || isWriting || document.querySelector("dialog[open]") !== null) return
      const pasted = { files: [...clipboardData.files], text: clipboardData.getData("text/plain") }
      if (pasted.files.length === 0 && pasted.text.trim() === "") return
      event.preventDefault()
      latest.current(pasted)
    }
    document.addEventListener("paste", paste)
    return () => document.removeEventListener("paste", paste)
  }, [])
}
