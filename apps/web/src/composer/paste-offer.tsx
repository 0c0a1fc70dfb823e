import { type ClipboardEvent, useEffect, useRef, useState } from "react"
import { counted } from "../frame/relative-time.ts"
import { readPaste, textFile, withoutPasted } from "./pasting.ts"
import type { Attachments } from "./use-attachments.ts"

/** What a paste became, or may become. */
export interface Pasting {
  readonly onPaste: (event: ClipboardEvent) => void
  /** A long text that stands in the field and could be a file; undefined when there is none, or it was changed since. */
  readonly offered: string | undefined
  readonly accept: () => void
  readonly forget: () => void
}

/** Takes files from the clipboard as attachments, and long texts too: very long ones at once, others when one says so. */
export function usePasting(text: string, onText: (text: string) => void, attach: Attachments["attach"]): Pasting {
  const [offered, setOffered] = useState<string>()
  const latest = useRef(text)
  useEffect(() => {
    latest.current = text
  }, [text])
  const rest = offered === undefined ? undefined : withoutPasted(text, offered)
  return {
    onPaste: (event) => {
      const pasted = readPaste(event.clipboardData)
      if (pasted.kind === "plain") return
      if (pasted.kind === "offer") return setOffered(pasted.text)
      event.preventDefault()
      attach(pasted.kind === "files" ? pasted.files : [pasted.file])
    },
    offered: rest === undefined ? undefined : offered,
    accept: () => {
      if (offered === undefined || rest === undefined) return
      setOffered(undefined)
      // Not before they are on the disk as a file: until then the words stand nowhere else than in the draft.
      attach([textFile(offered)], () => {
        const left = withoutPasted(latest.current, offered)
        if (left !== undefined) onText(left)
      })
    },
    forget: () => setOffered(undefined),
  }
}

/** Offers to send a long pasted text as a file. */
export function PasteOffer({ pasting: { offered, accept, forget } }: { readonly pasting: Pasting }) {
  if (offered === undefined) return null
  return (
    <div className="paste-offer" role="status">
      <span>You pasted {counted(offered.length, "character")}.</span>
      <button type="button" className="button" onClick={accept}>
        Attach as a file
      </button>
      <button type="button" className="button button-quiet" onClick={forget}>
        Keep as text
      </button>
    </div>
  )
}
