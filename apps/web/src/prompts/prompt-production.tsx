import { PRODUCTION_LABEL } from "@polylogue/conversation"
import { useLabel } from "@polylogue/react"
import { labelSentence, versionWord } from "./publish-words.ts"
import { useNewsTime } from "./use-news-time.ts"

/** On the row of a prompt: which version is in production, as far as this device has heard. */
export function PromptProduction({ promptId }: { readonly promptId: string }) {
  const label = useLabel(promptId, PRODUCTION_LABEL)
  const time = useNewsTime()
  if (label === undefined || label.versionId === null) return null
  return (
    <span className="prompt-production" title={labelSentence(label, time)}>
      <span className="visually-hidden">In production: </span>
      {label.number === undefined ? "published" : versionWord(label.number)}
    </span>
  )
}
