import { type OpenPrompt, useLabels } from "@polylogue/react"
import { asOfWords, labelSentence, versionWord } from "./publish-words.ts"
import { useNewsTime } from "./use-news-time.ts"

/** The labels of a prompt in a few words above it; a press shows them in the margin. */
export function LabelFacts({ held, onShow }: { readonly held: OpenPrompt; readonly onShow: () => void }) {
  const { labels } = useLabels(held.promptId)
  const time = useNewsTime()
  const set = labels.filter(({ versionId }) => versionId !== null)
  if (set.length === 0) return null
  return (
    <button type="button" className="label-facts" title={set.map((label) => labelSentence(label, time)).join(" ")} onClick={onShow}>
      <span className="visually-hidden">Labels: </span>
      {set.slice(0, MAX_SHOWN).map((label) => (
        <span key={label.label} className="label-fact">
          <bdi>{label.label}</bdi> {versionWord(label.number)} {asOfWords(label, time)}
        </span>
      ))}
      {set.length > MAX_SHOWN && <span>+{set.length - MAX_SHOWN}</span>}
    </button>
  )
}

const MAX_SHOWN = 3
