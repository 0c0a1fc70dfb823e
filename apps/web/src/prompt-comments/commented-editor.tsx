import type { OpenPrompt } from "@polylogue/react"
import { useEffect, useMemo, useRef } from "react"
import { usePhone } from "../frame/use-media.ts"
import { useToast } from "../frame/toast.tsx"
import { PromptEditor, type PromptEditorProps } from "../prompt-editor/prompt-editor.tsx"
import type { SlotExtras } from "../prompt-editor/slot-extras.ts"
import { boardOf, type CommentBoard } from "./comment-board.ts"
import { type CommentActions, commentMarks } from "./comment-marks.ts"
import { SlotComments } from "./slot-comments.tsx"
import "./comment-marks.css"

interface CommentedEditorProps extends Pick<PromptEditorProps, "wanted" | "onShown"> {
  readonly prompt: OpenPrompt
  readonly draftId: string
  readonly mayWrite: boolean
  /** Shows the panel of comments in the margin; quietly, the focus stays where it is. */
  readonly onShow: (quietly: boolean) => void
}

/** The editor of a draft with what is said of its words. */
export function CommentedEditor({ prompt: held, draftId, mayWrite, wanted, onShown, onShow }: CommentedEditorProps) {
  const board = boardOf(held, draftId)
  const phone = usePhone()
  const toast = useToast()
  const latest = useRef({ phone, toast, onShow })
  useEffect(() => {
    latest.current = { phone, toast, onShow }
  })
  const extras = useMemo((): SlotExtras => {
    const actions: CommentActions = {
      isCovered: () => latest.current.phone,
      open: (threadId, focus) => {
        board.ask(threadId, focus)
        latest.current.onShow(true)
      },
      begin: (slotId, range) => {
        try {
          if (!board.begin(slotId, range)) latest.current.toast({ text: "Finish the comment that you began first." })
          latest.current.onShow(true)
        } catch (error) {
          if ((error as { readonly code?: unknown } | null)?.code !== "too-large") throw error
          latest.current.toast({ text: "That is too much for one comment. Choose fewer words." })
        }
      },
    }
    return {
      extension: (slotId) => commentMarks(board, slotId, actions, mayWrite),
      head: (slotId) => countOf(board, slotId, (threadId) => actions.open(threadId, true)),
      items: (slotId) => [{ label: "Comment on this message", icon: "comment", run: () => actions.begin(slotId, null) }],
    }
  }, [board, mayWrite])
  return <PromptEditor prompt={held} draftId={draftId} {...{ mayWrite, extras, wanted, onShown }} />
}

function countOf(board: CommentBoard, slotId: string, onOpen: (threadId: string) => void) {
  return <SlotComments board={board} slotId={slotId} onOpen={onOpen} />
}
