import type { PromptSlot, SlotRole } from "@polylogue/conversation"
import { useMemo } from "react"
import { useToast } from "../frame/toast.tsx"
import { useAttempt } from "./attempt.ts"
import type { DraftScope } from "./draft-scope.ts"
import { nextRole } from "./slot-roles.ts"

/** What one can do with the slots of a draft. */
export interface SlotActions {
  /** Adds a slot behind `slotId`, in front of all others for null, and leads into it. */
  readonly addBehind: (slotId: string | null) => void
  /** Puts a slot behind another one, in front of all others for null. */
  readonly place: (slotId: string, after: string | null) => void
  /** Moves it by one place. */
  readonly move: (slotId: string, by: -1 | 1) => void
  readonly remove: (slotId: string) => void
  readonly restore: (slotId: string) => void
  readonly setRole: (slotId: string, role: string) => void
  readonly rename: (slotId: string, name: string) => void
}

/** The actions on the slots of a draft, of which `shown` are on screen. `told` hears what was done, for who does not see it. */
export function useSlotActions(scope: DraftScope, shown: readonly PromptSlot[], told: (what: string) => void): SlotActions {
  const toast = useToast()
  const attempt = useAttempt()
  return useMemo(() => {
    const { prompt, draftId, editors } = scope
    const at = (slotId: string | null): number => shown.findIndex(({ id }) => id === slotId)
    const place = (slotId: string, after: string | null): void => {
      prompt.moveSlot(draftId, slotId, { after })
      told(`Message moved ${after === null ? "to the top" : `below message ${at(after) + (at(slotId) < at(after) ? 0 : 1)}`}.`)
    }
    return {
      place,
      addBehind: (slotId) => {
        const index = at(slotId)
        const role: SlotRole = nextRole(shown[index]?.role, shown[index + 1]?.role)
        attempt(() => editors.focus(prompt.addSlot(draftId, { role, after: slotId })))
      },
      move: (slotId, by) => {
        const target = at(slotId) + by
        if (target < 0 || target >= shown.length) return
        place(slotId, by === 1 ? (shown[target]?.id ?? null) : (shown[target - 1]?.id ?? null))
      },
      remove: (slotId) => {
        const neighbour = shown[at(slotId) + 1] ?? shown[at(slotId) - 1]
        prompt.removeSlot(draftId, slotId)
        if (neighbour !== undefined) editors.focus(neighbour.id)
        const restore = (): void => {
          prompt.restoreSlot(draftId, slotId)
          editors.focus(slotId)
        }
        toast({ text: "Message removed. Its text is kept.", action: { label: "Undo", run: restore } })
      },
      restore: (slotId) => {
        prompt.restoreSlot(draftId, slotId)
        editors.focus(slotId)
      },
      setRole: (slotId, role) => attempt(() => prompt.setRole(draftId, slotId, role)),
      rename: (slotId, name) => attempt(() => prompt.renamePlaceholder(draftId, slotId, name)),
    }
  }, [scope, shown, told, toast, attempt])
}
