import type { PromptCard } from "@polylogue/conversation"
import { useLabels, usePublishedNames } from "@polylogue/react"
import { Suspense, useState } from "react"
import { quoted } from "../conversation-list/card-text.ts"
import { lazyPart } from "../frame/lazy-part.tsx"
import { promptName } from "./prompt-words.ts"

const UnpublishDialog = lazyPart(() => import("./unpublish-dialog.tsx").then((module) => ({ default: module.UnpublishDialog })))

interface DeletedBannerProps {
  readonly card: PromptCard
  readonly onRestore: () => void
}

/** Says of a deleted prompt that it is, that others still get what is published of it, and what one can do about either. */
export function DeletedBanner({ card, onRestore }: DeletedBannerProps) {
  const { labels } = useLabels(card.id)
  const names = usePublishedNames(card.id)
  const [taking, setTaking] = useState(false)
  const isPublished = names.length > 0 || labels.some(({ versionId }) => versionId !== null)
  return (
    <div className="banner" role="status">
      <span dir="auto">
        {`${quoted(promptName(card.name))} was deleted. Its text is still here.`}
        {isPublished && " What is published of it stays published: whoever asks for it by name and label gets it."}
      </span>
      <button type="button" className="button" onClick={onRestore}>
        Restore
      </button>
      {isPublished && (
        <button type="button" className="button" onClick={() => setTaking(true)}>
          Stop publishing
        </button>
      )}
      <Suspense>{taking && <UnpublishDialog promptId={card.id} onClose={() => setTaking(false)} />}</Suspense>
    </div>
  )
}
