import { type OpenWorkspace, usePolylogue } from "@polylogue/react"
import { useCallback } from "react"
import { useToast } from "../frame/toast.tsx"
import { type Adding, addingTo } from "./adding.ts"
import { addedWords } from "./adding-words.ts"
import { navigateToSource, parseSourceRoute } from "./source-route.ts"
import { sourceTitle } from "./source-words.ts"

interface AddingFiles {
  readonly adding: Adding | undefined
  /** Adds files; one alone is shown when it is there, unless somebody has gone elsewhere. */
  readonly add: (files: readonly File[]) => void
  /** Lets the person choose files to add. */
  readonly choose: () => void
}

const ACCEPTED = ".txt,.md,.markdown,.html,.htm,.xhtml,.pdf,.csv,.json,text/*,application/pdf,application/xhtml+xml"

/** Adds files to the sources of `workspace`; `onReport` shows what becomes of them, and is told when there is nothing more to look at. */
export function useAdding(
  workspace: OpenWorkspace | undefined,
  may: (what: string) => boolean,
  onReport: (shown: boolean) => void,
): AddingFiles {
  const polylogue = usePolylogue()
  const toast = useToast()
  const adding = workspace === undefined ? undefined : addingTo(polylogue, workspace)
  const add = useCallback(
    (files: readonly File[]) => {
      if (adding === undefined || files.length === 0 || !may("add others")) return
      const before = parseSourceRoute(location.hash).sourceId
      const run = async (): Promise<void> => {
        const [only] = await adding.add(files)
        if (adding.files.length !== 1 || only?.added === undefined || parseSourceRoute(location.hash).sourceId !== before) return
        onReport(false)
        navigateToSource(only.added.sourceId)
        toast({ text: `${sourceTitle(only.added.title)}. ${addedWords(only.added)}.` })
      }
      onReport(true)
      void run()
    },
    [adding, may, onReport, toast],
  )
  const choose = useCallback(() => {
    const input = document.createElement("input")
    input.type = "file"
    input.multiple = true
    input.accept = ACCEPTED
    input.addEventListener("change", () => add([...(input.files ?? [])]))
    input.click()
  }, [add])
  return { adding, add, choose }
}
