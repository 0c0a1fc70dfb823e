import type { PromptSlot } from "@polylogue/conversation"
import { type OpenPrompt, useAnnouncePresence, usePresence, usePromptMeta } from "@polylogue/react"
import { type FocusEvent, type KeyboardEvent, useCallback, useEffect, useMemo, useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { shownName, useIdentity } from "../identity/identity.ts"
import { type DraftScope, DraftScopeContext } from "./draft-scope.ts"
import { DraftUndo } from "./draft-undo.ts"
import { ConfigPanel } from "./config-panel.tsx"
import { EditorRegistry } from "./editor-registry.ts"
import { EditorSection } from "./editor-section.tsx"
import { FillIn } from "./fill-in.tsx"
import { RemovedSlots } from "./removed-slots.tsx"
import { useSlotActions } from "./slot-actions.ts"
import { SlotCard } from "./slot-card.tsx"
import { SlotColumn } from "./slot-column.tsx"
import type { SlotExtras } from "./slot-extras.ts"
import { SlotText } from "./slot-text.tsx"
import { useSlots } from "./use-draft-state.ts"
import { useSlotDrag } from "./use-slot-drag.ts"
import { VariablePanel } from "./variable-panel.tsx"
import "./prompt-editor.css"
import "./editor-panels.css"

/** What the editor of a draft is given. */
export interface PromptEditorProps {
  readonly prompt: OpenPrompt
  readonly draftId: string
  readonly mayWrite: boolean
  /** What stands in the slots beside their text. */
  readonly extras?: SlotExtras
  /** Leads to the form that fills the prompt in, or to what begins a conversation with it. */
  readonly wanted?: FillInPlace | undefined
  /** Called once that was done. */
  readonly onShown?: (() => void) | undefined
}

/** A place in the form that fills a prompt in. */
export type FillInPlace = "fill-in" | "use"

/** What gets the focus there, by preference: what cannot be used yet is first to be filled in. */
const FOCUS: Readonly<Record<FillInPlace, readonly string[]>> = {
  "fill-in": [".fill-in-form :is(textarea, input, select)", ".use-prompt button:enabled"],
  use: [".use-prompt button:enabled", ".fill-in-form :is(textarea, input, select)"],
}

/** The editor of a draft: everybody who has it open writes in the same texts. Whoever may only read sees all of it. */
export function PromptEditor({ prompt, ...props }: PromptEditorProps) {
  // A draft that is another one, or came back as another document, has another history of what one typed.
  return <DraftEditor key={`${prompt.open.ydoc.guid} ${props.draftId}`} held={prompt} {...props} />
}

function DraftEditor({
  held,
  draftId,
  mayWrite,
  extras,
  wanted,
  onShown,
}: Omit<PromptEditorProps, "prompt"> & { readonly held: OpenPrompt }) {
  const { open } = held
  const [editors] = useState(() => new EditorRegistry())
  const [undo] = useState(() => new DraftUndo(open.ydoc))
  const identity = useIdentity()
  const others = usePresence(open)
  useAnnouncePresence(open, { userId: identity.id, name: shownName(identity), colour: identity.colour })
  useEffect(() => {
    const stop = editors.followUndo(undo)
    return () => {
      stop()
      undo.close()
    }
  }, [undo, editors])
  const scope = useMemo(
    (): DraftScope => ({ ...held, draftId, mayWrite, undo, editors, others, extras }),
    [held, draftId, mayWrite, undo, editors, others, extras],
  )
  return (
    <DraftScopeContext value={scope}>
      <div
        className="prompt-editor"
        data-testid="prompt-editor"
        onKeyDown={(event) => mayWrite && undoKeys(event, scope.undo)}
        role="presentation"
      >
        {!mayWrite && <p className="editor-note">You can read this prompt. Ask its owner to let you write.</p>}
        <Slots scope={scope} />
        <div className="editor-sections">
          <EditorSection id="variables" title="Variables">
            <VariablePanel />
          </EditorSection>
          <EditorSection id="config" title="Configuration">
            <ConfigPanel />
          </EditorSection>
          <EditorSection id="fill-in" title="Fill in and use" wanted={wanted && FOCUS[wanted]} onShown={onShown}>
            <FillIn />
          </EditorSection>
        </div>
      </div>
    </DraftScopeContext>
  )
}

/** The keys of undoing, for where the focus is on no text of its own. */
function undoKeys(event: KeyboardEvent, undo: DraftUndo): void {
  const key = event.key.toLowerCase()
  if (event.defaultPrevented || !(event.metaKey || event.ctrlKey) || (key !== "z" && key !== "y")) return
  if ((event.target as Element).closest("input, textarea, [contenteditable]") !== null) return
  event.preventDefault()
  if (key === "y" || event.shiftKey) undo.redo()
  else undo.undo()
}

function Slots({ scope }: { readonly scope: DraftScope }) {
  const { kind } = usePromptMeta(scope)
  const slots = useSlots(scope)
  if (kind === "chat") return <ChatSlots scope={scope} slots={slots} />
  const [slot] = slots.filter(({ removed }) => !removed)
  if (slot === undefined) return null
  return (
    <section className="slot-card slot-card-text" aria-label="Text of the prompt">
      <SlotText slotId={slot.id} label="Text of the prompt" empty="What the prompt says. Type {{ for a variable." keys={NO_KEYS} />
    </section>
  )
}

const NO_KEYS = { move: (): void => {}, addBehind: (): void => {} }

function ChatSlots({ scope, slots }: { readonly scope: DraftScope; readonly slots: readonly PromptSlot[] }) {
  const { mayWrite } = scope
  const [focused, setFocused] = useState<string>()
  const [told, setTold] = useState({ what: "", count: 0 })
  // What one writes in stays on screen, also when somebody removes it at this moment.
  const shown = useMemo(() => slots.filter(({ id, removed }) => !removed || id === focused), [slots, focused])
  // Counted, so that the same words said again are heard again.
  const tell = useCallback((what: string) => setTold(({ count }) => ({ what, count: count + 1 })), [])
  const actions = useSlotActions(scope, shown, tell)
  const drag = useSlotDrag(actions.place)
  const onFocus = useCallback(({ target }: FocusEvent) => setFocused(slotOf(target)), [])
  const onBlur = useCallback(({ relatedTarget }: FocusEvent) => setFocused(slotOf(relatedTarget)), [])
  return (
    <div className="slots" onFocus={onFocus} onBlur={onBlur}>
      <SlotColumn slots={shown}>
        {(slot, index) => (
          <>
            <SlotCard slot={slot} index={index} count={shown.length} actions={actions} drag={drag} />
            {mayWrite && <AddSlot label={`Add a message below message ${index + 1}`} onAdd={() => actions.addBehind(slot.id)} />}
          </>
        )}
      </SlotColumn>
      {shown.length === 0 && <p className="editor-note">No messages yet.</p>}
      {mayWrite && (
        <button type="button" className="button slot-add-last" onClick={() => actions.addBehind(shown.at(-1)?.id ?? null)}>
          <Icon name="plus" />
          Add a message
        </button>
      )}
      <RemovedSlots slots={slots.filter(({ id, removed }) => removed && id !== focused)} onRestore={actions.restore} />
      <p className="visually-hidden" role="status">
        <span key={told.count}>{told.what}</span>
      </p>
    </div>
  )
}

function slotOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? (target.closest<HTMLElement>("[data-slot]")?.dataset["slot"] ?? undefined) : undefined
}

function AddSlot({ label, onAdd }: { readonly label: string; readonly onAdd: () => void }) {
  return (
    <button type="button" className="slot-add" aria-label={label} title={label} onClick={onAdd}>
      <Icon name="plus" size={12} />
    </button>
  )
}
