import type { LineEntry, Message } from "@polylogue/conversation"
import { useEdits, useUserHome } from "@polylogue/react"
import { useToast } from "../frame/toast.tsx"
import { authorOf } from "./message-author.ts"
import "./line-bars.css"

interface UnfinishedEditProps {
  readonly conversationId: string
  readonly line: readonly LineEntry[]
  readonly editingId: string | undefined
  /** Shows a message and opens its editor. */
  readonly onResume: (id: string) => void
  readonly isHere: (id: string) => boolean
}

/** Says that a new version was begun whose editor is not on screen, and opens it again. */
export function UnfinishedEdit({ conversationId, line, editingId, onResume, isHere }: UnfinishedEditProps) {
  const home = useUserHome()
  const toast = useToast()
  const open = line.some(({ id }) => id === editingId) ? editingId : undefined
  const id = useEdits(conversationId).findLast((edited) => edited !== open && isHere(edited))
  if (id === undefined || home === undefined) return null
  const discard = (): void => {
    const text = home.getEdit(conversationId, id)
    home.setEdit(conversationId, id, "")
    toast({ text: "Unfinished version discarded.", action: { label: "Undo", run: () => home.setEdit(conversationId, id, text) } })
  }
  return (
    <div className="line-bar" role="status">
      <span>You have not finished a new version of a message.</span>
      <button type="button" className="button" onClick={() => onResume(id)}>
        Go on writing
      </button>
      <button type="button" className="button button-quiet" onClick={discard}>
        Discard
      </button>
    </div>
  )
}

interface NewVersionProps {
  readonly message: Message | undefined
  readonly onShow: (id: string) => void
  readonly onForget: () => void
}

/** Says that somebody wrote a new version of a message whose old one stayed on screen. */
export function NewVersion({ message, onShow, onForget }: NewVersionProps) {
  if (message === undefined || message.deletedAt !== null) return null
  return (
    <div className="line-bar" role="status">
      <span dir="auto">{authorOf(message)} wrote a new version of a message you see here.</span>
      <button type="button" className="button" onClick={() => onShow(message.id)}>
        Show it
      </button>
      <button type="button" className="button button-quiet" onClick={onForget}>
        Not now
      </button>
    </div>
  )
}
