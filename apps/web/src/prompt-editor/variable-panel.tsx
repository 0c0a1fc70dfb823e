import { findVariables, type PromptContent, type PromptVariable } from "@polylogue/conversation"
import { useMemo } from "react"
import { counted } from "../frame/relative-time.ts"
import { useToast } from "../frame/toast.tsx"
import { useAttempt } from "./attempt.ts"
import { useDraftScope } from "./draft-scope.ts"
import { renameVariable } from "./rename-variable.ts"
import { useContent, useVariables } from "./use-draft-state.ts"
import { checkVariables, type VariableCheck } from "./variable-checks.ts"
import { TYPE_NAMES, VariableFields } from "./variable-fields.tsx"

/** The variables of a draft: what is to be said about their use, and what each may be filled with. */
export function VariablePanel() {
  const scope = useDraftScope()
  const content = useContent(scope)
  const variables = useVariables(scope)
  const checks = useMemo(() => checkVariables(content), [content])
  const uses = useMemo(() => countUses(content), [content])
  const names = Object.keys(variables).toSorted()
  return (
    <div className="prompt-panel">
      {names.length === 0 && checks.length === 0 && (
        <p className="editor-note">
          Write {"{{name}}"} where something is to be filled in. It can then have a type, a default and a description.
        </p>
      )}
      {checks.length > 0 && (
        <ul className="variable-checks" aria-label="Checks">
          {checks.map((check) => (
            <Check key={`${check.kind} ${check.name} ${check.slotId ?? ""} ${check.from ?? ""}`} check={check} />
          ))}
        </ul>
      )}
      {names.map((name) => {
        const variable = variables[name]
        return variable === undefined ? null : <Variable key={name} name={name} variable={variable} uses={uses.get(name) ?? 0} />
      })}
    </div>
  )
}

function countUses({ slots }: PromptContent): ReadonlyMap<string, number> {
  const uses = new Map<string, number>()
  for (const { text } of slots) for (const { name } of findVariables(text)) uses.set(name, (uses.get(name) ?? 0) + 1)
  return uses
}

interface VariableProps {
  readonly name: string
  readonly variable: PromptVariable
  readonly uses: number
}

function Variable({ name, variable, uses }: VariableProps) {
  return (
    <details className="variable">
      <summary>
        <code className="variable-name">{name}</code>
        <span className="quiet">
          {TYPE_NAMES[variable.type]}, {uses === 0 ? "not used" : counted(uses, "use")}
        </span>
      </summary>
      <VariableFields name={name} variable={variable} />
    </details>
  )
}

const SENTENCES: Readonly<Record<VariableCheck["kind"], (check: VariableCheck) => string>> = {
  new: ({ name }) => `${name} is not set up yet: anything may be filled in.`,
  misspelt: ({ name, meant }) => `${name}: did you mean ${meant ?? ""}?`,
  unused: ({ name }) => `${name} is used nowhere.`,
  unclosed: ({ name }) => `“${name}” opens two braces and closes none, or holds no name: it stays as it is.`,
}

function Check({ check }: { readonly check: VariableCheck }) {
  const { slotId, from = 0, to = 0 } = check
  const { editors } = useDraftScope()
  return (
    <li className="variable-check" data-kind={check.kind}>
      <span className="variable-check-text" dir="auto">
        {SENTENCES[check.kind](check)}
      </span>
      <CheckAnswer check={check} />
      {slotId !== undefined && (
        <button type="button" className="button button-quiet" onClick={() => editors.focus(slotId, { from, to })}>
          Show
        </button>
      )}
    </li>
  )
}

function CheckAnswer({ check: { kind, name, meant } }: { readonly check: VariableCheck }) {
  const scope = useDraftScope()
  const { prompt, draftId, mayWrite } = scope
  const toast = useToast()
  const attempt = useAttempt()
  if (!mayWrite || kind === "unclosed") return null
  if (kind === "misspelt" && meant !== undefined) {
    return (
      <button type="button" className="button button-quiet" onClick={() => renameVariable(scope, name, meant)}>
        Change
      </button>
    )
  }
  if (kind === "new") {
    return (
      <button
        type="button"
        className="button button-quiet"
        onClick={() => attempt(() => prompt.setVariable(draftId, name, { type: "text" }))}
      >
        Set up
      </button>
    )
  }
  const remove = (): void => {
    const held = prompt.getVariables(draftId)[name]
    prompt.setVariable(draftId, name, null)
    if (held !== undefined)
      toast({ text: `${name} removed.`, action: { label: "Undo", run: () => prompt.setVariable(draftId, name, held) } })
  }
  return (
    <button type="button" className="button button-quiet" onClick={remove}>
      Remove
    </button>
  )
}
