import { usePolylogue, useWorkspace } from "@polylogue/react"
import { useToast } from "../frame/toast.tsx"
import type { Command } from "../palette/commands.ts"
import { navigateToPrompt } from "./prompt-route.ts"
import { mayChangePrompts } from "./prompt-words.ts"

/** What leads to the prompts from wherever one is on the page. What makes one is loaded when it is asked for. */
export function usePromptCommands(): readonly Command[] {
  const polylogue = usePolylogue()
  const workspace = useWorkspace()
  const toast = useToast()
  const create = (): void => {
    if (workspace.state !== "open" || !mayChangePrompts(workspace, "begin new ones", toast)) return
    import("./begin-prompt.ts").then(
      ({ createPrompt }) => createPrompt(polylogue, workspace, "chat", toast),
      () => toast({ text: "This part of the app cannot be loaded at the moment. Nothing was changed." }),
    )
  }
  return [
    { id: "prompts", group: "Go to", name: "Go to prompts", icon: "edit", words: "templates", run: () => navigateToPrompt() },
    { id: "create-prompt", group: "Prompts", name: "New prompt", icon: "plus", words: "create template", run: create },
  ]
}
