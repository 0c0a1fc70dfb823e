import type { LineEntry } from "@polylogue/conversation"
import type { OpenConversation } from "@polylogue/react"
import { Suspense } from "react"
import { lazyPart } from "../frame/lazy-part.tsx"
import { useCommands } from "../palette/commands.ts"
import { useConversationScope } from "./conversation-scope.ts"

const BranchMap = lazyPart(() => import("./branch-map.tsx"))

interface BranchesProps {
  readonly held: OpenConversation
  readonly line: readonly LineEntry[]
  readonly open: boolean
  readonly onOpen: () => void
  readonly onClose: () => void
}

/** The outline of all branches, and the command that opens it. */
export function Branches({ held, line, open, onOpen, onClose }: BranchesProps) {
  const scope = useConversationScope()
  useCommands([
    {
      id: "branches",
      name: "All branches",
      icon: "branch",
      group: "This conversation",
      words: "versions alternatives forks tree overview map",
      run: onOpen,
    },
  ])
  if (!open) return null
  return (
    <Suspense>
      <BranchMap conversation={held.conversation} line={line} onShow={(id) => scope?.showMessage(id)} onClose={onClose} />
    </Suspense>
  )
}
