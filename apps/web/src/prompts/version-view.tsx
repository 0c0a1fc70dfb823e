import type { ContentSlot } from "@polylogue/conversation"
import type { OpenPrompt } from "@polylogue/react"
import { useNow } from "../frame/now.ts"
import { exactDate, isoDate, relativeDate } from "../frame/relative-time.ts"
import { navigateToPrompt } from "./prompt-route.ts"
import { usePromptVersions } from "./use-prompt-view.ts"
import "./version-view.css"

interface VersionViewProps {
  readonly held: OpenPrompt
  readonly promptId: string
  readonly versionId: string
  readonly mayWrite: boolean
}

/** A version as it was saved, to be read; nothing in it can be changed, but a draft can begin from it. */
export function VersionView({ held, promptId, versionId, mayWrite }: VersionViewProps) {
  const { prompt } = held
  const known = usePromptVersions(prompt).find(({ id }) => id === versionId)
  const version = known === undefined ? undefined : prompt.getVersion(versionId)
  const now = useNow()
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
  const begin = (): void => {
    const draftId = prompt.createDraft({
      from: versionId,
      name: version.message === "" ? "Draft of a version" : version.message.slice(0, 60),
    })
    navigateToPrompt(promptId, { draftId })
  }
  return (
    <div className="prompt-scroller">
      <article className="prompt-column" aria-label="Version">
        <header className="version-head">
          <div>
            <p className="version-message" dir="auto">
              {version.message === "" ? "No reason was given" : version.message}
            </p>
            <p className="quiet">
              <bdi>{version.author.name || version.author.id}</bdi>,{" "}
              <time dateTime={isoDate(version.createdAt)} title={exactDate(version.createdAt)}>
                {relativeDate(version.createdAt, Math.max(now, version.createdAt))}
              </time>
            </p>
          </div>
          <div className="version-actions">
            {mayWrite && (
              <button type="button" className="button" onClick={begin}>
                New draft from it
              </button>
            )}
            <button type="button" className="button" onClick={() => navigateToPrompt(promptId)}>
              Show the draft
            </button>
          </div>
        </header>
        <ol className="version-slots">
          {version.content.slots.map((slot) => (
            <Slot key={slot.id} slot={slot} plain={version.content.kind === "text"} />
          ))}
        </ol>
        {Object.keys(version.content.config).length > 0 && (
          <section>
            <h3 className="version-role">Model configuration</h3>
            <pre className="version-config" dir="ltr">
              {JSON.stringify(version.content.config, null, 2)}
            </pre>
          </section>
        )}
      </article>
    </div>
  )
}

function Slot({ slot, plain }: { readonly slot: ContentSlot; readonly plain: boolean }) {
  return (
    <li>
      {!plain && (
        <h3 className="version-role">
          <bdi>{slot.role}</bdi>
          {slot.name !== undefined && (
            <>
              {" "}
              <bdi>{slot.name}</bdi>
            </>
          )}
        </h3>
      )}
      {slot.role !== "placeholder" && (
        <p className="version-text" dir="auto">
          {slot.text === "" ? <span className="quiet">Empty</span> : slot.text}
        </p>
      )}
    </li>
  )
}
