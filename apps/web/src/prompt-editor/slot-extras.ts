import type { Extension } from "@codemirror/state"
import type { ReactNode } from "react"
import type { MenuItem } from "../frame/menu.tsx"

/** What something beside the editor adds to each of its slots. A new object makes the texts' editors anew: it stays the same as long as they are to stay. */
export interface SlotExtras {
  /** Belongs to the editor of its text. */
  readonly extension: (slotId: string) => Extension
  /** Stands in its head, where it has one. */
  readonly head: (slotId: string) => ReactNode
  /** Stands in its menu, for who may write. */
  readonly items: (slotId: string) => readonly MenuItem[]
}
