import { checkValue, type PromptVariable, VARIABLE_TYPES, type VariableType } from "@polylogue/conversation"
import { useId } from "react"
import { useAttempt } from "./attempt.ts"
import { CommittedField } from "./committed-field.tsx"
import { useDraftScope } from "./draft-scope.ts"
import { type NameProblem, nameProblem, renameVariable } from "./rename-variable.ts"
import { useVariables } from "./use-draft-state.ts"

export const TYPE_NAMES: Readonly<Record<VariableType, string>> = {
  text: "Text",
  number: "Number",
  boolean: "Yes or no",
  choice: "Choice",
  json: "JSON",
}

/** What is wrong with a value, in words. */
export const VALUE_PROBLEMS: Readonly<Record<NonNullable<ReturnType<typeof checkValue>>, string>> = {
  "not-a-number": "This is no number, such as 3 or 0.5.",
  "not-a-boolean": "This is true or false.",
  "not-a-choice": "This is none of the choices.",
  "not-json": "This is not JSON yet.",
}

const NAME_PROBLEMS: Readonly<Record<NameProblem, string>> = {
  empty: "A variable has a name.",
  "not-a-name": "A name begins with a letter and has letters, digits, _ . and - only, at most 64.",
  taken: "There is a variable of this name already.",
}

/** What a variable is called and what it may be filled with. */
export function VariableFields({ name, variable }: { readonly name: string; readonly variable: PromptVariable }) {
  const scope = useDraftScope()
  const { prompt, draftId, mayWrite } = scope
  const others = Object.keys(useVariables(scope)).filter((other) => other !== name)
  const typeId = useId()
  const attempt = useAttempt()
  const set = (change: Partial<PromptVariable>): void =>
    attempt(() => prompt.setVariable(draftId, name, filled({ ...variable, ...change })))
  return (
    <div className="variable-fields">
      <CommittedField
        label="Name"
        value={name}
        mono
        readOnly={!mayWrite}
        check={(text) => {
          const problem = nameProblem(text.trim(), others)
          return problem === undefined ? undefined : NAME_PROBLEMS[problem]
        }}
        onCommit={(text) => renameVariable(scope, name, text.trim())}
        hint="Changed in every message at once."
      />
      <div className="prompt-field">
        <label htmlFor={typeId}>Type</label>
        <select
          id={typeId}
          className="field"
          value={variable.type}
          disabled={!mayWrite}
          onChange={({ target }) => set({ type: VARIABLE_TYPES.find((type) => type === target.value) ?? "text" })}
        >
          {VARIABLE_TYPES.map((type) => (
            <option key={type} value={type}>
              {TYPE_NAMES[type]}
            </option>
          ))}
        </select>
      </div>
      {variable.type === "choice" && (
        <CommittedField
          label="Choices, one a line"
          value={(variable.choices ?? []).join("\n")}
          lines
          readOnly={!mayWrite}
          onCommit={(text) => set({ choices: [...new Set(text.split("\n").filter((line) => line.trim() !== ""))] })}
        />
      )}
      <CommittedField
        label="Default"
        value={variable.default ?? ""}
        lines={variable.type === "text" || variable.type === "json"}
        mono={variable.type === "json"}
        readOnly={!mayWrite}
        check={(text) => {
          const problem = text === "" ? null : checkValue(variable, text)
          return problem === null ? undefined : VALUE_PROBLEMS[problem]
        }}
        onCommit={(text) => set({ default: text })}
        hint="Stands where nothing is filled in."
      />
      <CommittedField
        label="Description"
        value={variable.description ?? ""}
        lines
        readOnly={!mayWrite}
        onCommit={(text) => set({ description: text })}
      />
    </div>
  )
}

/** Without the fields that say nothing. */
function filled({ type, default: preset = "", description = "", choices = [] }: PromptVariable): PromptVariable {
  return {
    type,
    ...(preset === "" ? {} : { default: preset }),
    ...(description === "" ? {} : { description }),
    ...(choices.length === 0 ? {} : { choices }),
  }
}
