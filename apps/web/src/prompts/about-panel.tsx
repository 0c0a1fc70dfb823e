import { MAX_DESCRIPTION_LENGTH } from "@polylogue/conversation"
import { usePromptDrafts, usePromptMeta, usePromptVersions } from "@polylogue/react"
import { useCallback, useEffect, useRef, useState } from "react"
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
          <DescriptionField value={description} onChange={(text) => prompt.setDescription(text)} />
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

/** After a pause of so many ms what was typed is kept. */
const KEPT_AFTER_MS = 800

interface DescriptionFieldProps {
  readonly value: string
  readonly onChange: (text: string) => void
}

/** A field that keeps what is typed after a pause and when one leaves it. What others write shows while nobody types here. */
function DescriptionField({ value, onChange }: DescriptionFieldProps) {
  const [typed, setTyped] = useState<string>()
  const latest = useRef({ typed, onChange })
  useEffect(() => {
    latest.current = { typed, onChange }
  })
  const keep = useCallback(() => {
    const { typed: text, onChange: change } = latest.current
    if (text !== undefined) change(text)
  }, [])
  useEffect(() => {
    if (typed === undefined) return
    const timer = setTimeout(keep, KEPT_AFTER_MS)
    return () => clearTimeout(timer)
  }, [typed, keep])
  useEffect(() => keep, [keep])
  return (
    <textarea
      className="field"
      dir="auto"
      rows={5}
      aria-labelledby="prompt-description"
      placeholder="Whom it answers, and what it must not do"
      maxLength={MAX_DESCRIPTION_LENGTH}
      value={typed ?? value}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => {
        keep()
        setTyped(undefined)
      }}
    />
  )
}
