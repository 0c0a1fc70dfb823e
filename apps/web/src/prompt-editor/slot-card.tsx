import { MAX_FIELD_LENGTH, type PromptSlot } from "@polylogue/conversation"
import { type KeyboardEvent, useState } from "react"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { useDraftScope } from "./draft-scope.ts"
import type { SlotActions } from "./slot-actions.ts"
import { ROLE_NAMES, roleLabel } from "./slot-roles.ts"
import { SlotText } from "./slot-text.tsx"
import type { SlotDrag } from "./use-slot-drag.ts"
import { useOthersIn } from "./use-draft-state.ts"

interface SlotCardProps {
  readonly slot: PromptSlot
  readonly index: number
  readonly count: number
  readonly actions: SlotActions
  readonly drag: SlotDrag
}

/** One message of a prompt: who says it, its text, and what one can do with it. */
export function SlotCard({ slot, index, count, actions, drag }: SlotCardProps) {
  const { mayWrite, extras } = useDraftScope()
  const { id, role } = slot
  const title = `${roleLabel(role)}, message ${index + 1} of ${count}`
  return (
    <section
      className="slot-card"
      aria-label={title}
      data-removed={slot.removed || undefined}
      data-dragged={drag.dragged === id || undefined}
    >
      <header className="slot-head">
        {mayWrite && !slot.removed && <SlotHandle slotId={id} index={index} actions={actions} drag={drag} />}
        <SlotRoleField slot={slot} index={index} onChange={(next) => actions.setRole(id, next)} />
        <SlotOthers slotId={id} />
        {extras?.head(id)}
        {mayWrite && !slot.removed && (
          <Menu label={`Actions for message ${index + 1}`} items={itemsOf(slot, index, count, actions, extras?.items(id))} />
        )}
      </header>
      {role === "placeholder" ? (
        <PlaceholderName key={slot.name} name={slot.name ?? ""} onChange={(name) => actions.rename(id, name)} />
      ) : (
        <SlotText
          slotId={id}
          label={title}
          empty={EMPTY[role] ?? "What this message says. Type {{ for a variable."}
          keys={{ move: (by) => actions.move(id, by), addBehind: () => actions.addBehind(id) }}
        />
      )}
      {slot.removed && (
        <p className="slot-removed" role="status">
          Somebody removed this message. Your text is kept.
          <button type="button" className="button button-quiet" onClick={() => actions.restore(id)}>
            Restore
          </button>
        </p>
      )}
    </section>
  )
}

const EMPTY: Readonly<Record<string, string>> = {
  system: "What the model is, and how it answers. Type {{ for a variable.",
  user: "What somebody asks. Type {{ for a variable.",
  assistant: "How the model answers, as an example.",
}

function itemsOf({ id }: PromptSlot, index: number, count: number, actions: SlotActions, more: readonly MenuItem[] = []): MenuItem[] {
  return [
    ...more,
    { label: "Add a message below", icon: "plus", run: () => actions.addBehind(id) },
    ...(index > 0 ? [{ label: "Move up", icon: "up" as const, run: () => actions.move(id, -1) }] : []),
    ...(index < count - 1 ? [{ label: "Move down", icon: "down" as const, run: () => actions.move(id, 1) }] : []),
    { label: "Remove", icon: "trash", danger: true, run: () => actions.remove(id) },
  ]
}

interface SlotHandleProps {
  readonly slotId: string
  readonly index: number
  readonly actions: SlotActions
  readonly drag: SlotDrag
}

function SlotHandle({ slotId, index, actions, drag }: SlotHandleProps) {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return
    event.preventDefault()
    actions.move(slotId, event.key === "ArrowUp" ? -1 : 1)
  }
  return (
    <button
      type="button"
      className="slot-handle"
      aria-label={`Move message ${index + 1}: drag, or Alt with the arrow keys`}
      title="Drag to move, or Alt with the arrow keys"
      onKeyDown={onKeyDown}
      onPointerDown={(event) => drag.start(slotId, event)}
    >
      <svg aria-hidden="true" width="16" height="16" viewBox="0 0 16 16" fill="currentColor">
        {GRIP.map(([x, y]) => (
          <circle key={`${x} ${y}`} cx={x} cy={y} r="1.1" />
        ))}
      </svg>
    </button>
  )
}

const GRIP = [5.5, 10.5].flatMap((x) => [4, 8, 12].map((y) => [x, y] as const))

function SlotRoleField({
  slot,
  index,
  onChange,
}: {
  readonly slot: PromptSlot
  readonly index: number
  readonly onChange: (role: string) => void
}) {
  const { mayWrite } = useDraftScope()
  if (!mayWrite || slot.removed) return <span className="slot-role">{roleLabel(slot.role)}</span>
  const known = Object.hasOwn(ROLE_NAMES, slot.role)
  return (
    <select
      className="slot-role slot-role-select"
      aria-label={`Role of message ${index + 1}`}
      value={slot.role}
      onChange={({ target }) => onChange(target.value)}
    >
      {!known && <option value={slot.role}>{slot.role}</option>}
      {Object.entries(ROLE_NAMES).map(([role, name]) => (
        <option key={role} value={role}>
          {name}
        </option>
      ))}
    </select>
  )
}

/** Who else writes in this slot. Not spoken: somebody listening to the text is not to be interrupted by every cursor. */
function SlotOthers({ slotId }: { readonly slotId: string }) {
  const here = useOthersIn(slotId)
  return (
    <span className="slot-others" aria-hidden="true">
      {here.map(({ clientId, name, colour }) => (
        <span key={clientId} className={`slot-other remote-${colour}`} dir="auto">
          {name}
        </span>
      ))}
    </span>
  )
}

function PlaceholderName({ name, onChange }: { readonly name: string; readonly onChange: (name: string) => void }) {
  const { mayWrite } = useDraftScope()
  const [typed, setTyped] = useState(name)
  return (
    <label className="slot-placeholder">
      <span>Messages that are filled in when the prompt is used, called</span>
      <input
        className="field"
        dir="auto"
        value={typed}
        readOnly={!mayWrite}
        placeholder="history"
        maxLength={MAX_FIELD_LENGTH}
        onChange={({ target }) => setTyped(target.value)}
        onBlur={() => {
          const next = typed.trim()
          if (next === "") setTyped(name)
          else if (next !== name) onChange(next)
        }}
        onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
      />
    </label>
  )
}
