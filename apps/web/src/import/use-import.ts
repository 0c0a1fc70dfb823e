import { usePolylogue } from "@polylogue/react"
import { useCallback, useEffect, useMemo, useRef, useState } from "react"
import type { ImportSession } from "./import-session.ts"
import { mayBeUnfinished } from "./import-unfinished.ts"

/** The import of this tab, and what starts and shows it. */
export interface Imports {
  /** The session, once it is needed; what shows it subscribes to it. */
  readonly session: ImportSession | undefined
  /** Imports files, after what runs already. */
  readonly start: (files: readonly File[]) => void
  /** Gets ready to show what stands. */
  readonly open: () => void
}

/** The import of this tab. What it needs is loaded when it is: few visits import. */
export function useImport(): Imports {
  const { replica, workspace } = usePolylogue()
  const [session, setSession] = useState<ImportSession>()
  const loading = useRef<Promise<ImportSession>>(undefined)
  const load = useCallback(() => {
    loading.current ??= (async () => {
      const { ImportSession } = await import("./import-session.ts")
      const made = new ImportSession(replica, workspace)
      await made.look()
      setSession(made)
      return made
    })()
    return loading.current
  }, [replica, workspace])
  const open = useCallback(() => void load(), [load])
  const start = useCallback((files: readonly File[]) => void load().then((made) => made.start(files)), [load])
  useEffect(() => {
    if (mayBeUnfinished()) open()
  }, [open])
  return useMemo(() => ({ session, start, open }), [session, start, open])
}
