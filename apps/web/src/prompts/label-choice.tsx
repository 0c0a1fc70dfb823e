import { labelProblem, MAX_LABEL_LENGTH, PRODUCTION_LABEL } from "@polylogue/conversation"
import type { PromptLabel } from "@polylogue/react"
import { useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { asOfWords, type NewsTime, versionWord } from "./publish-words.ts"

/** Offered before anybody set them. */
const USUAL = [PRODUCTION_LABEL, "staging"]

interface LabelChoiceProps {
  readonly labels: readonly PromptLabel[]
  readonly time: NewsTime
  /** The label that is chosen, `null` being a number without one; one that is being written may be none yet. */
  readonly value: string | null
  readonly onChange: (label: string | null) => void
  /** The number that what is published has or gets, where that is known. */
  readonly number: number | undefined
}

/** Which label a version gets: those there are with what has them now, one of one's own, or none. */
export function LabelChoice({ labels, time, value, onChange, number }: LabelChoiceProps) {
  const names = [...new Set([...USUAL, ...labels.map(({ label }) => label)])]
  const [own, setOwn] = useState<string>()
  const isOwn = own !== undefined
  const problem = isOwn && own !== "" ? labelProblem(own) : undefined
  return (
    <fieldset className="publish-labels">
      <legend>Label</legend>
      {names.map((name) => {
        const label = labels.find((known) => known.label === name)
        return (
          <label key={name} className="publish-label">
            <input
              type="radio"
              name="publish-label"
              checked={!isOwn && value === name}
              onChange={() => {
                setOwn(undefined)
                onChange(name)
              }}
            />
            <bdi>{name}</bdi>
            <span className="quiet">
              {label === undefined || label.versionId === null ? "nothing yet" : versionWord(label.number)}
              {label === undefined ? "" : [" ", asOfWords(label, time)].join("").trimEnd()}
            </span>
            {label?.protected === true && (
              <span className="quiet publish-protected">
                <Icon name="lock" size={12} /> owners only
              </span>
            )}
          </label>
        )
      })}
      <label className="publish-label">
        <input
          type="radio"
          name="publish-label"
          checked={isOwn}
          onChange={() => {
            setOwn("")
            onChange("")
          }}
        />
        <span>Another</span>
      </label>
      {isOwn && (
        <input
          className="field publish-own"
          dir="ltr"
          aria-label="Another label"
          aria-invalid={problem !== undefined}
          autoComplete="off"
          spellCheck={false}
          maxLength={MAX_LABEL_LENGTH}
          value={own}
          onChange={(event) => {
            const text = event.target.value.trim().toLowerCase()
            setOwn(text)
            onChange(text)
          }}
        />
      )}
      {problem !== undefined && (
        <p className="publish-problem" role="status">
          {problem === "reserved" ? "“latest” is always the version with the highest number." : "Letters a to z, digits, and . _ - only."}
        </p>
      )}
      <label className="publish-label">
        <input
          type="radio"
          name="publish-label"
          checked={!isOwn && value === null}
          onChange={() => {
            setOwn(undefined)
            onChange(null)
          }}
        />
        <span>A number only</span>
        <span className="quiet">{`no label moves; ${versionWord(number)} is given to whoever asks for the latest`}</span>
      </label>
    </fieldset>
  )
}
