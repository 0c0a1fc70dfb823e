import { checkValue, type PromptVariable, renderPrompt } from "@polylogue/conversation"
import { useDeferredValue, useId, useMemo } from "react"
import { estimateTokenCount } from "tokenx"
import { CopyText } from "./copy-text.tsx"
import { useDraftScope } from "./draft-scope.ts"
import { type Blank, blanksOf, promptValues, useFilledValues } from "./fill-values.ts"
import { roleLabel } from "./slot-roles.ts"
import { UsePromptButton } from "./use-prompt-button.tsx"
import { useContent } from "./use-draft-state.ts"
import { VALUE_PROBLEMS } from "./variable-fields.tsx"

/** The prompt filled in: a form of its variables, and what a model would get. What was filled in stays on this device. */
export function FillIn() {
  const scope = useDraftScope()
  const content = useContent(scope)
  const [values, setValue] = useFilledValues(scope.open.document.documentId)
  const filled = useDeferredValue(values)
  const blanks = useMemo(() => blanksOf(content), [content])
  const { messages, missing } = useMemo(() => renderPrompt(content, promptValues(blanks, filled)), [content, blanks, filled])
  // Values of names that the texts no longer have are nobody's business.
  const given = useMemo(
    () => Object.fromEntries(blanks.flatMap(({ name }) => (Object.hasOwn(filled, name) ? [[name, filled[name]!]] : []))),
    [blanks, filled],
  )
  const tokens = useMemo(() => messages.reduce((sum, message) => sum + estimateTokenCount(message.content), 0), [messages])
  const json = useMemo(() => JSON.stringify(messages, undefined, 2), [messages])
  const text = messages.map(({ role, content: words }) => (content.kind === "text" ? words : `${roleLabel(role)}:\n${words}`)).join("\n\n")
  return (
    <div className="prompt-panel fill-in">
      <div className="fill-in-form">
        {blanks.length === 0 && <p className="editor-note">This prompt has no variables: it is used as it stands.</p>}
        {blanks.map((blank) => (
          <BlankField
            key={blank.name}
            blank={blank}
            variable={Object.hasOwn(content.variables, blank.name) ? content.variables[blank.name] : undefined}
            value={values[blank.name] ?? ""}
            onChange={(value) => setValue(blank.name, value)}
          />
        ))}
      </div>
      <p className="fill-in-missing" role="status">
        {missing.length === 0
          ? ""
          : `Still to be filled in: ${missing.map((name) => (name === "" ? "a placeholder without a name" : name)).join(", ")}.`}
      </p>
      <section aria-label="Preview" className="preview">
        {messages.map(({ role, content: words }, index) => (
          // reason: messages have no identity, and what stands in a place is shown in it.
          // oxlint-disable-next-line react/no-array-index-key
          <div key={index} className="preview-message">
            {content.kind === "chat" && <span className="slot-role">{roleLabel(role)}</span>}
            <p className="preview-text" dir="auto">
              {words === "" ? <span className="quiet">Nothing yet.</span> : words}
            </p>
          </div>
        ))}
      </section>
      <div className="prompt-buttons">
        <span className="quiet" title="Estimated from the text; each model counts its own way.">
          About {tokens.toLocaleString("en")} {tokens === 1 ? "token" : "tokens"} (estimate)
        </span>
        <CopyText text={text} label="Copy as text" />
        <CopyText text={json} label="Copy as JSON" />
      </div>
      <UsePromptButton messages={messages} values={given} incomplete={missing.length > 0 || filled !== values} />
    </div>
  )
}

interface BlankFieldProps {
  readonly blank: Blank
  readonly variable: PromptVariable | undefined
  readonly value: string
  readonly onChange: (value: string) => void
}

function BlankField({ blank: { name, kind }, variable = { type: "text" }, value, onChange }: BlankFieldProps) {
  const id = useId()
  const problem = value === "" || kind === "messages" ? null : checkValue(variable, value)
  const said =
    problem === null
      ? (variable.description ?? (kind === "messages" ? "A message, or several as JSON." : undefined))
      : VALUE_PROBLEMS[problem]
  const preset = variable.default ?? ""
  const field = {
    id,
    className: "field",
    value,
    dir: "auto",
    placeholder: preset,
    "aria-invalid": problem !== null,
    "aria-describedby": said === undefined ? undefined : `${id}-said`,
    onChange: ({ target }: { readonly target: { readonly value: string } }) => onChange(target.value),
  } as const
  const choices = variable.type === "boolean" ? ["true", "false"] : variable.type === "choice" ? (variable.choices ?? []) : undefined
  const numeric = variable.type === "number"
  return (
    <div className="prompt-field">
      <label htmlFor={id}>{name === "" ? "Messages" : name}</label>
      {choices !== undefined && kind === "variable" ? (
        <select {...field}>
          <option value="">{preset === "" ? "Choose" : `${preset} (default)`}</option>
          {[...choices, ...(value === "" || choices.includes(value) ? [] : [value])].map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      ) : numeric ? (
        <input {...field} inputMode="decimal" />
      ) : (
        <textarea {...field} className="field grows" rows={1} />
      )}
      {said !== undefined && (
        <span id={`${id}-said`} className={problem === null ? "prompt-field-hint" : "prompt-field-problem"} dir="auto">
          {said}
        </span>
      )}
    </div>
  )
}
