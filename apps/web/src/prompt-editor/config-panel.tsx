import { useId, useState } from "react"
import { useAttempt } from "./attempt.ts"
import { CommittedField } from "./committed-field.tsx"
import { CONFIG_FIELDS, type ConfigField, readConfig, RESPONSE_FORMAT, RESPONSE_FORMATS, responseFormat } from "./config-fields.ts"
import { ConfigSource, isBegun } from "./config-source.tsx"
import { useDraftScope } from "./draft-scope.ts"
import { useConfig } from "./use-draft-state.ts"

const FORMAT_NAMES = { text: "Text", json_object: "JSON" }

/** How a model is to be called with the prompt: fields for what most of them know, JSON for all else. */
export function ConfigPanel() {
  const scope = useDraftScope()
  const { prompt, draftId, mayWrite } = scope
  const config = useConfig(scope)
  const [source, setSource] = useState(() => isBegun(scope))
  const attempt = useAttempt()
  const set = (key: string, value: unknown): void => attempt(() => prompt.setConfig(draftId, key, value))
  return (
    <div className="prompt-panel">
      <button type="button" className="button button-quiet config-switch" aria-pressed={source} onClick={() => setSource(!source)}>
        {source ? "Show as fields" : "Show as JSON"}
      </button>
      {source ? (
        <ConfigSource />
      ) : (
        <div className="config-fields">
          {CONFIG_FIELDS.map((field) => (
            <Field key={field.key} field={field} value={config[field.key]} readOnly={!mayWrite} onSet={(value) => set(field.key, value)} />
          ))}
          <FormatField value={config[RESPONSE_FORMAT]} readOnly={!mayWrite} onSet={(value) => set(RESPONSE_FORMAT, value)} />
          {Object.keys(config)
            .filter((key) => key !== RESPONSE_FORMAT && !CONFIG_FIELDS.some((field) => field.key === key))
            .map((key) => (
              <JsonField key={key} label={key} value={config[key]} readOnly={!mayWrite} onSet={(value) => set(key, value)} />
            ))}
        </div>
      )}
    </div>
  )
}

interface ValueFieldProps {
  readonly value: unknown
  readonly readOnly: boolean
  /** Null for none. */
  readonly onSet: (value: unknown) => void
}

function Field({ field, value, readOnly, onSet }: ValueFieldProps & { readonly field: ConfigField }) {
  const shown = field.show(value)
  if (shown === undefined) return <JsonField label={field.label} value={value} readOnly={readOnly} onSet={onSet} />
  const read = (text: string): void => {
    const found = field.read(text)
    if ("value" in found) onSet(found.value)
  }
  return (
    <CommittedField
      label={field.label}
      value={shown}
      lines={field.lines ?? false}
      readOnly={readOnly}
      {...(field.hint === undefined ? {} : { hint: field.hint })}
      {...(field.inputMode === undefined ? {} : { inputMode: field.inputMode })}
      check={(text) => {
        const found = field.read(text)
        return "problem" in found ? found.problem : undefined
      }}
      onCommit={read}
    />
  )
}

function FormatField({ value, readOnly, onSet }: ValueFieldProps) {
  const id = useId()
  const chosen = responseFormat(value)
  if (chosen === undefined) return <JsonField label="Form of the answer" value={value} readOnly={readOnly} onSet={onSet} />
  return (
    <div className="prompt-field">
      <label htmlFor={id}>Form of the answer</label>
      <select
        id={id}
        className="field"
        value={chosen}
        disabled={readOnly}
        onChange={({ target }) => onSet(target.value === "" ? null : { type: target.value })}
      >
        <option value="">As the model likes</option>
        {RESPONSE_FORMATS.map((format) => (
          <option key={format} value={format}>
            {FORMAT_NAMES[format]}
          </option>
        ))}
      </select>
    </div>
  )
}

/** A key with any JSON. Emptied, it goes. */
function JsonField({ label, value, readOnly, onSet }: ValueFieldProps & { readonly label: string }) {
  return (
    <CommittedField
      label={label}
      value={JSON.stringify(value, undefined, 2)}
      lines
      mono
      readOnly={readOnly}
      check={(text) => {
        const found = text.trim() === "" ? undefined : readConfig(`{"value":${text}}`)
        return found !== undefined && "problem" in found
          ? "This is not JSON yet. It is kept here and changes nothing until it is."
          : undefined
      }}
      onCommit={(text) => {
        const found = text.trim() === "" ? { config: { value: null } } : readConfig(`{"value":${text}}`)
        if ("config" in found) onSet(found.config["value"])
      }}
    />
  )
}
