import { type ClipboardEvent, useState } from "react"
import { counted } from "../frame/relative-time.ts"
import { readPaste, textFile, withoutPasted } from "./pasting.ts"

/** What a paste became, or may become. */
export interface Pasting {
  readonly onPaste: (event: ClipboardEvent) => void
  /** A long text that stands in the field and could be a file; undefined when there is none, or it was changed since. */
  readonly offered: string | undefined
  readonly accept: () => void
  readonly forget: () => void
}

/** Takes files from the clipboard as attachments, and long texts too: very long ones at once, others when one says so. */
export function usePasting(text: string, onText: (text: string) => void, attach: (files: readonly File[]) => void): Pasting {
  const [offered, setOffered] = useState<string>()
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
      attach([textFile(offered)])
      onText(rest)
      setOffered(undefined)
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
