import { useCallback, useState } from "react"
import type { MenuItem } from "../frame/menu.tsx"
import { useCommands } from "../palette/commands.ts"
import type { FillInPlace } from "../prompt-editor/prompt-editor.tsx"
import { navigateToPrompt } from "./prompt-route.ts"

/** Ways into the form that fills a prompt in. */
const WAYS = [
  { place: "fill-in", label: "Fill in", icon: "edit", keys: "f", words: "variables values preview try render" },
  { place: "use", label: "Use in a conversation", icon: "send", keys: "u", words: "run try model chat" },
] as const

/** What leads from the head of a prompt to the form that fills it in. */
interface FillInWays {
  readonly items: readonly MenuItem[]
  /** Where the editor is to put the focus; stands until it did, also while it is loaded. */
  readonly wanted: FillInPlace | undefined
  readonly onShown: () => void
}

/** Entries of the menu and commands with keys that lead to the form of a draft, from a version by way of the draft. None while the prompt is not open. */
export function useFillIn(promptId: string, draftId: string, isOpen: boolean): FillInWays {
  const [wanted, setWanted] = useState<FillInPlace>()
  const ways = isOpen ? WAYS : []
  const go = (place: FillInPlace): void => {
    navigateToPrompt(promptId, { draftId })
    setWanted(place)
  }
  const onShown = useCallback(() => setWanted(undefined), [])
  // Named as the head names what stands in its menu, so that each is found once, with its key.
  useCommands(
    ways.map(({ place, label, icon, keys, words }) => ({
      id: `prompt ${label}`,
      group: "This prompt",
      name: label,
      icon,
      keys,
      words,
      run: () => go(place),
    })),
  )
  return { items: ways.map(({ place, label, icon }) => ({ label, icon, run: () => go(place) })), wanted, onShown }
}
