import { isSegment, type MessagePart } from "@polylogue/conversation"
import { sourceHref } from "../../sources/source-route.ts"
import { useConversationScope } from "../conversation-scope.ts"

/** Units of a quote that are rendered; the style cuts it earlier still. */
const MAX_QUOTE_LENGTH = 2_000

/** Words of another message, or of a source; a press goes there. */
export function QuotePart({ part }: { readonly part: MessagePart }) {
  const scope = useConversationScope()
  const { messageId, sourceId, authorName } = part.fields
  const text = (part.text ?? "").slice(0, MAX_QUOTE_LENGTH)
  const by = typeof authorName === "string" && authorName !== "" ? authorName : undefined
  const words = (
    <>
      {by !== undefined && (
        <span className="quote-author" dir="auto">
          {by}
        </span>
      )}
      <span className="quote-text" dir="auto">
        {text}
      </span>
    </>
  )
  if (isSegment(sourceId)) {
    return (
      <blockquote className="quote">
        <a className="quote-link" title="Open the source" href={sourceHref(sourceId)}>
          {words}
        </a>
      </blockquote>
    )
  }
  if (scope === undefined || typeof messageId !== "string") return <blockquote className="quote">{words}</blockquote>
  return (
    <blockquote className="quote">
      <button type="button" className="quote-link" title="Go to the message" onClick={() => scope.showMessage(messageId)}>
        {words}
      </button>
    </blockquote>
  )
}
