import type { ThreadComment } from "@polylogue/conversation"
import { useEffect, useRef, useState } from "react"
import { Menu } from "../frame/menu.tsx"
import { useNow } from "../frame/now.ts"
import { exactDate, isoDate, relativeDate } from "../frame/relative-time.ts"
import { Avatar } from "../identity/avatar.tsx"
import { useIdentity } from "../identity/identity.ts"
import { useColour } from "../identity/people.ts"
import { CommentField } from "./comment-field.tsx"
import { authorName } from "./comment-words.ts"

interface CommentItemProps {
  readonly comment: ThreadComment
  /** Whether one may change it: it is one's own. */
  readonly own: boolean
  /** Where another text for it is kept while it is being written. */
  readonly storeKey: string
  readonly onEdit: (text: string) => boolean
  readonly onDelete: () => void
}

/** A comment with who wrote it and when. What stands in it is other people's text and shown as such. */
export function CommentItem({ comment, own, storeKey, onEdit, onDelete }: CommentItemProps) {
  const [doing, setDoing] = useState<"edit" | "delete">()
  const item = useRef<HTMLLIElement>(null)
  const { author, text, createdAt, edited, deleted } = comment
  const name = authorName(author)
  const colour = useColour(author.id, useIdentity())
  // What was under the focus goes; the comment itself stays.
  const leave = (): void => {
    setDoing(undefined)
    item.current?.focus()
  }
  return (
    <li ref={item} className="comment" tabIndex={-1}>
      <div className="comment-head">
        <Avatar name={name} id={author.id} colour={colour} kind={author.kind} size="small" />
        <bdi className="comment-author">{name}</bdi>
        <When time={createdAt} />
        {edited && !deleted && <span className="quiet">edited</span>}
        {own && !deleted && doing === undefined && (
          <Menu
            label="Your comment"
            items={[
              { label: "Edit", icon: "edit", run: () => setDoing("edit") },
              { label: "Delete", icon: "trash", danger: true, run: () => setDoing("delete") },
            ]}
          />
        )}
      </div>
      {doing === "edit" && !deleted ? (
        <CommentField
          storeKey={storeKey}
          label="Your comment"
          action="Keep"
          initial={text}
          focused
          onSay={(next) => {
            const isDone = onEdit(next)
            if (isDone) leave()
            return isDone
          }}
          onLeave={leave}
        />
      ) : deleted ? (
        <p className="quiet">This comment was deleted.</p>
      ) : (
        <p className="comment-text" dir="auto">
          {text}
        </p>
      )}
      {doing === "delete" && !deleted && (
        <DeleteQuestion
          onKeep={leave}
          onDelete={() => {
            leave()
            onDelete()
          }}
        />
      )}
    </li>
  )
}

function When({ time }: { readonly time: number }) {
  const now = useNow()
  return (
    <time className="quiet" dateTime={isoDate(time)} title={exactDate(time)}>
      {relativeDate(time, Math.max(now, time))}
    </time>
  )
}

function DeleteQuestion({ onDelete, onKeep }: { readonly onDelete: () => void; readonly onKeep: () => void }) {
  const keep = useRef<HTMLButtonElement>(null)
  useEffect(() => keep.current?.focus(), [])
  return (
    // reason: Escape keeps the comment from either button.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className="comment-question"
      role="group"
      aria-label="Delete this comment for everybody?"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return
        event.preventDefault()
        event.stopPropagation()
        onKeep()
      }}
    >
      <span>Delete this comment for everybody?</span>
      <span className="comment-buttons">
        <button type="button" className="button comment-delete" onClick={onDelete}>
          Delete
        </button>
        <button ref={keep} type="button" className="button" onClick={onKeep}>
          Keep it
        </button>
      </span>
    </div>
  )
}
