import { type OpenPrompt, useLabels, usePromptVersions } from "@polylogue/react"
import { exactDate, isoDate, relativeDate } from "../frame/relative-time.ts"
import { useAttempt } from "../prompt-editor/attempt.ts"
import { navigateToPrompt } from "./prompt-route.ts"
import { asOfWords, versionWord } from "./publish-words.ts"
import { useNewsTime } from "./use-news-time.ts"
import { VersionText } from "./version-text.tsx"
import "./version-view.css"

interface VersionViewProps {
  readonly held: OpenPrompt
  readonly promptId: string
  readonly versionId: string
  readonly mayWrite: boolean
  /** Opens publishing with this version. */
  readonly onPublish: () => void
}

/** A version as it was saved, to be read; nothing in it can be changed, but a draft can begin from it. */
export function VersionView({ held, promptId, versionId, mayWrite, onPublish }: VersionViewProps) {
  const { prompt } = held
  const known = usePromptVersions(held).find(({ id }) => id === versionId)
  const version = known === undefined ? undefined : prompt.getVersion(versionId)
  const time = useNewsTime()
  const attempt = useAttempt()
  const { labels, numbers } = useLabels(promptId)
  if (version === undefined) {
    return (
      <div className="empty-conversation" role="status">
        <p>This version is not on this device yet. It comes as soon as a relay that has it is in reach.</p>
        <button type="button" className="button" onClick={() => navigateToPrompt(promptId)}>
          Show the draft
        </button>
      </div>
    )
  }
  const begin = (): void =>
    attempt(() => {
      const draftId = prompt.createDraft({
        from: versionId,
        name: version.message === "" ? "Draft of a version" : version.message.slice(0, 60),
      })
      navigateToPrompt(promptId, { draftId })
    })
  const number = numbers.numberOf(versionId)
  const standing = labels
    .filter((label) => label.versionId === versionId)
    .map((label) => `${label.label} ${asOfWords(label, time)}`.trimEnd())
  return (
    <div className="prompt-scroller">
      <article className="prompt-column" aria-label="Version">
        <header className="version-head">
          <div>
            {number !== undefined && <p className="version-number">{[versionWord(number), ...standing].join(" · ")}</p>}
            <p className="version-message" dir="auto">
              {version.message === "" ? "No reason was given" : version.message}
            </p>
            <p className="quiet">
              <bdi>{version.author.name || version.author.id}</bdi>,{" "}
              <time dateTime={isoDate(version.createdAt)} title={exactDate(version.createdAt)}>
                {relativeDate(version.createdAt, Math.max(time.now, version.createdAt))}
              </time>
            </p>
          </div>
          <div className="version-actions">
            {mayWrite && (
              <>
                <button type="button" className="button" onClick={onPublish}>
                  Publish this
                </button>
                <button type="button" className="button" onClick={begin}>
                  New draft from it
                </button>
              </>
            )}
            <button type="button" className="button" onClick={() => navigateToPrompt(promptId)}>
              Show the draft
            </button>
          </div>
        </header>
        <VersionText content={version.content} />
      </article>
    </div>
  )
}
