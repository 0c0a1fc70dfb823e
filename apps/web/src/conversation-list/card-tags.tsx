/** Tags that a card of the list shows; how many more there are is counted. */
const MAX_TAGS = 2

/** The tags of a card, at the end of its second line. */
export function CardTags({ tags }: { readonly tags: readonly string[] }) {
  if (tags.length === 0) return null
  return (
    <span className="conversation-tags">
      {tags.slice(0, MAX_TAGS).map((tag) => (
        <span key={tag} className="tag" dir="auto">
          {tag}
        </span>
      ))}
      {tags.length > MAX_TAGS && (
        <span className="tag" title={tags.join(", ")}>
          +{tags.length - MAX_TAGS}
        </span>
      )}
    </span>
  )
}
