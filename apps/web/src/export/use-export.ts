import { usePolylogue } from "@polylogue/react"
import { useCallback, useEffect, useRef, useState } from "react"
import { type ExportJob, type ExportState, NO_EXPORT, startExport } from "./export-job.ts"
import type { ExportRequest } from "./run-export.ts"

/** What somebody asks for. */
type ExportChoice = Omit<ExportRequest, "workspace" | "reader">

interface Export {
  readonly state: ExportState
  readonly start: (request: ExportChoice, name: string) => void
  readonly cancel: () => void
}

/** One export at a time, ended with whoever shows it. */
export function useExport(): Export {
  const { replica, workspace, user, author } = usePolylogue()
  const [state, setState] = useState(NO_EXPORT)
  const job = useRef<ExportJob>(undefined)
  const start = useCallback(
    (request: ExportChoice, name: string) => {
      const begin = async (): Promise<void> => {
        job.current = await startExport(replica, { ...request, workspace, reader: user ?? author.id }, name, setState)
      }
      void begin()
    },
    [replica, workspace, user, author],
  )
  const cancel = useCallback(() => job.current?.cancel(), [])
  useEffect(() => cancel, [cancel])
  return { state, start, cancel }
}
