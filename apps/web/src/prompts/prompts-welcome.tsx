import type { PromptKind } from "@polylogue/conversation"
import type { ReactNode } from "react"
import { Icon } from "../frame/icon.tsx"
import { KeyCaps } from "../palette/key-caps.tsx"
import "../conversation/welcome.css"

interface PromptsWelcomeProps {
  /** There are no prompts yet. */
  readonly empty: boolean
  readonly status: ReactNode
  readonly onCreate: (kind: PromptKind) => void
  readonly onImport: () => void
}

/** The text plane while no prompt is chosen: what prompts are for, and how to begin. */
export function PromptsWelcome({ empty, status, onCreate, onImport }: PromptsWelcomeProps) {
  return (
    <>
      {status !== undefined && <header className="text-head text-head-end">{status}</header>}
      <div className="welcome">
        <div className="welcome-body">
          <h2>{empty ? "Prompts written together, published once" : "Choose a prompt, or begin one"}</h2>
          {empty && (
            <p>
              A prompt is what you tell a model again and again, with variables such as <code>{"{{name}}"}</code> for what differs. Several
              people can write in it at the same time, also offline. When it is good, publish it: everybody who asks for production gets
              that version and no other.
            </p>
          )}
          <p className="welcome-actions">
            <button type="button" className="button button-primary" onClick={() => onCreate("chat")}>
              <Icon name="plus" /> New chat prompt
            </button>
            <button type="button" className="button" onClick={() => onCreate("text")}>
              <Icon name="plus" /> New text prompt
            </button>
            <button type="button" className="button" onClick={onImport}>
              <Icon name="import" /> Import prompts
            </button>
          </p>
          <p className="quiet welcome-hint">
            Drop files of Langfuse, CSV or Markdown anywhere. <KeyCaps keys="n" /> begins a prompt, <KeyCaps keys="Mod+k" /> finds
            everything.
          </p>
        </div>
      </div>
    </>
  )
}
