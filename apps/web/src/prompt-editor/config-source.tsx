import { useId, useState } from "react"
import { readStored, writeStored } from "../device/stored-value.ts"
import { useAttempt } from "./attempt.ts"
import { configChanges, readConfig } from "./config-fields.ts"
import { type DraftScope, useDraftScope } from "./draft-scope.ts"
import { useConfig } from "./use-draft-state.ts"

/** What somebody has begun to write, and what stood there then. */
interface Begun {
  readonly text: string
  readonly base: Readonly<Record<string, unknown>>
}

/**
 * The configuration as JSON. Half-written, it is kept on this device and changes nothing; taken over, it changes the keys that its writer changed, so what others
 * set meanwhile stays.
 */
export function ConfigSource() {
  const scope = useDraftScope()
  const { prompt, draftId, open, mayWrite } = scope
  const config = useConfig(scope)
  const key = keyOf(scope)
  const [begun, setBegun] = useState(() => parseBegun(readStored(key)))
  const id = useId()
  const attempt = useAttempt()
  const keep = (next: Begun | undefined): void => {
    setBegun(next)
    writeStored(key, next === undefined ? null : JSON.stringify(next))
  }
  const shown = JSON.stringify(config, undefined, 2)
  const found = begun === undefined ? undefined : readConfig(begun.text)
  const problem = found !== undefined && "problem" in found ? found.problem : undefined
  const apply = (): void => {
    if (begun === undefined || found === undefined || "problem" in found) return
    attempt(() => {
      open.ydoc.transact(() => {
        for (const [name, value] of configChanges(begun.base, found.config)) prompt.setConfig(draftId, name, value)
      })
      keep(undefined)
    })
  }
  return (
    <div className="prompt-field">
      <label htmlFor={id}>Configuration as JSON</label>
      <textarea
        id={id}
        className="field field-mono config-source"
        dir="ltr"
        spellCheck={false}
        readOnly={!mayWrite}
        value={begun?.text ?? shown}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-said`}
        onChange={({ target }) => keep(target.value === shown ? undefined : { text: target.value, base: begun?.base ?? config })}
      />
      <span id={`${id}-said`} className={problem === undefined ? "prompt-field-hint" : "prompt-field-problem"}>
        {problem ?? (begun === undefined ? "The configuration of this draft." : "Not taken over yet; kept on this device.")}
      </span>
      {begun !== undefined && (
        <div className="prompt-buttons">
          <button type="button" className="button button-primary" disabled={problem !== undefined || !mayWrite} onClick={apply}>
            Take over
          </button>
          <button type="button" className="button" onClick={() => keep(undefined)}>
            Discard
          </button>
        </div>
      )}
    </div>
  )
}

/** Whether somebody has begun to write the configuration of a draft as JSON on this device, and not finished. */
export function isBegun(scope: DraftScope): boolean {
  return readStored(keyOf(scope)) !== null
}

function keyOf({ open, draftId }: DraftScope): string {
  return `polylogue.prompt-config.${open.document.documentId}.${draftId}`
}

function parseBegun(stored: string | null): Begun | undefined {
  if (stored === null) return undefined
  try {
    const { text, base } = JSON.parse(stored) as Record<string, unknown>
    if (typeof text !== "string" || typeof base !== "object" || base === null) return undefined
    return { text, base: base as Begun["base"] }
  } catch {
    return undefined
  }
}
