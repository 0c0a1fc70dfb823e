import { type PromptLabel, useLabels } from "@polylogue/react"
import { Icon } from "../frame/icon.tsx"
import { exactDate, isDated, relativeDate } from "../frame/relative-time.ts"
import { promptHref } from "./prompt-route.ts"
import type { PromptPanelProps } from "./prompt-panels.ts"
import { asLabel, labelSentence, type NewsTime, versionWord } from "./publish-words.ts"
import { useNewsTime } from "./use-news-time.ts"
import "./labels-panel.css"

/** Which versions of a prompt others get, under which label, and how sure that is. */
export function LabelsPanel({ held }: PromptPanelProps) {
  const { promptId } = held
  const { labels, unset, numbers, known } = useLabels(promptId)
  const time = useNewsTime()
  const offline = time.status.connection !== "online"
  return (
    <>
      {labels.length === 0 && (
        <p className="quiet">
          {known || !offline
            ? "Nothing was published yet. Publishing gives a version a label, such as production: whoever asks for that label gets that version."
            : "No relay is in reach, and this device never heard what is published."}
        </p>
      )}
      <ul className="labels">
        {labels.map((label) => (
          <Label key={label.label} promptId={promptId} label={label} time={time} />
        ))}
      </ul>
      {unset.map((intent) => (
        <p key={intent.attempt} className="labels-pending">
          To be published {asLabel(intent)}.
        </p>
      ))}
      {numbers.count > 0 && (
        <p className="quiet">
          The latest version is v{numbers.count}
          {offline ? ", as far as this device has heard" : ""}.
        </p>
      )}
    </>
  )
}

function Label({ promptId, label, time }: { readonly promptId: string; readonly label: PromptLabel; readonly time: NewsTime }) {
  const { label: name, versionId, number, by, setAt, pending } = label
  return (
    <li className="labels-item">
      <h3 className="labels-name">
        <bdi>{name}</bdi>
        {versionId !== null && (
          <a className="labels-version" href={promptHref(promptId, { versionId })}>
            {versionWord(number)}
          </a>
        )}
      </h3>
      <p>{labelSentence(label, time)}</p>
      {versionId !== null && isDated(setAt) && (
        <p className="quiet" title={exactDate(setAt)}>
          Set {by === "" || by === "anonymous" ? "" : `by \u2068${by}\u2069, `}
          {relativeDate(setAt, Math.max(time.now, setAt))}
        </p>
      )}
      {label.protected && (
        <p className="quiet labels-protected">
          <Icon name="lock" size={12} /> Only owners may set it.
        </p>
      )}
      {pending !== undefined && (
        <p className="labels-pending">
          {pending.state === "waiting" ? "Your version waits to be published." : "Your version was not published."}
        </p>
      )}
    </li>
  )
}
