import type { BegunComment, CommentBoard } from "./comment-board.ts"
import { CommentField } from "./comment-field.tsx"
import { useAttempt } from "../prompt-editor/attempt.ts"

interface NewCommentProps {
  readonly board: CommentBoard
  readonly begun: BegunComment
  /** The message that it is in: "message 2 (User)". */
  readonly slot: string
}

/** A comment before it is one: what it is about, and the field. */
export function NewComment({ board, begun, slot }: NewCommentProps) {
  const attempt = useAttempt()
  const { slotId, anchor, place } = begun
  const gone = place?.state === "orphan"
  const say = (text: string): boolean => {
    attempt(() => board.say(text))
    return board.state.begun === undefined
  }
  return (
    <section className="thread comment-new" aria-label="New comment" data-chosen>
      <button
        type="button"
        className="thread-about"
        title="Show in the text"
        onClick={() => board.lead(slotId, place === null || place.state === "orphan" ? undefined : place)}
      >
        {anchor === null ? `About ${slot}` : <q dir="auto">{anchor.quote.exact}</q>}
      </button>
      {gone && <p className="thread-note">The words are gone. What you write will be about {slot}.</p>}
      <CommentField
        storeKey={board.key()}
        label="New comment"
        action="Comment"
        focused={false}
        onSay={say}
        onLeave={(how) => {
          if (how === "discarded") board.discard()
          board.lead(slotId, undefined)
        }}
      />
    </section>
  )
}
