import { MAX_DESCRIPTION_LENGTH } from "@polylogue/conversation"
import { usePromptDrafts, usePromptMeta, usePromptVersions } from "@polylogue/react"
import { KeptArea } from "../frame/kept-area.tsx"
import { counted } from "../frame/relative-time.ts"
import type { PromptPanelProps } from "./prompt-panels.ts"
import "./about-panel.css"

/** What is said about a prompt as a whole: what it is for, in words that the list finds. */
export function AboutPanel({ held, mayWrite }: PromptPanelProps) {
  const { prompt } = held
  const { kind, description } = usePromptMeta(held)
  const versions = usePromptVersions(held)
  const drafts = usePromptDrafts(held).filter(({ closed }) => !closed)
  return (
    <>
      <section className="about-description">
        <h3 id="prompt-description">What it is for</h3>
        {mayWrite ? (
          <KeptArea
            className="field"
            rows={5}
            aria-labelledby="prompt-description"
            placeholder="Whom it answers, and what it must not do"
            maxLength={MAX_DESCRIPTION_LENGTH}
            value={description}
            onKeep={(text) => prompt.setDescription(text)}
          />
        ) : (
          <p dir="auto">{description === "" ? "Nobody has said yet." : description}</p>
        )}
      </section>
      <section className="margin-section">
        <p>
          A {kind} prompt with {counted(versions.length, "version")} and {counted(drafts.length, "open draft")}.
        </p>
      </section>
    </>
  )
}
