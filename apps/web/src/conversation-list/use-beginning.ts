import { type OpenWorkspace, useUserHome } from "@polylogue/react"
import { useMemo } from "react"
import { navigate } from "../frame/route.ts"
import { useToast } from "../frame/toast.tsx"
import { freshConversation } from "./fresh-conversation.ts"

/** What begins a conversation. Who may only read is told so instead, for it would stay on this device for ever. */
export interface Beginning {
  /** Whether this may be done here; says why when not: "You may read these conversations, not …". */
  readonly may: (what: string) => boolean
  /** Whether conversations may be made here; says why when not. */
  readonly mayBegin: () => boolean
  readonly create: (folderId?: string) => void
}

/** What begins conversations in `workspace`, while it is open. */
export function useBeginning(workspace: OpenWorkspace | undefined): Beginning {
  const home = useUserHome()
  const toast = useToast()
  return useMemo(() => {
    const may = (what: string): boolean => {
      // Until a relay has said, everything may be done: it waits on this device.
      if (workspace?.open.document.status.mayWrite !== false) return true
      toast({ text: `You may read these conversations, not ${what}.` })
      return false
    }
    const mayBegin = (): boolean => may("begin new ones")
    return {
      may,
      mayBegin,
      create: (folderId) => {
        if (workspace === undefined || !mayBegin()) return
        const { index } = workspace
        const id = freshConversation(index, (known) => home !== undefined && home.getDraft(known) !== "")
        if ((index.getCard(id)?.folderId ?? null) !== (folderId ?? null)) index.setFolder(id, folderId ?? null)
        navigate(id)
      },
    }
  }, [workspace, home, toast])
}
