import { usePolylogue } from "@polylogue/react"
import { useCallback, useEffect, useRef, useState } from "react"
import { type ExportJob, type ExportState, NO_EXPORT, startExport } from "./export-job.ts"
import type { ExportRequest } from "./run-export.ts"

interface Export {
  readonly state: ExportState
  readonly start: (request: Omit<ExportRequest, "workspace">, name: string) => void
  readonly cancel: () => void
}

/** One export at a time, ended with whoever shows it. */
export function useExport(): Export {
  const { replica, workspace } = usePolylogue()
  const [state, setState] = useState(NO_EXPORT)
  const job = useRef<ExportJob>(undefined)
  const start = useCallback(
    (request: Omit<ExportRequest, "workspace">, name: string) => {
      const begin = async (): Promise<void> => {
        job.current = await startExport(replica, { ...request, workspace }, name, setState)
      }
      void begin()
    },
    [replica, workspace],
  )
  const cancel = useCallback(() => job.current?.cancel(), [])
  useEffect(() => cancel, [cancel])
  return { state, start, cancel }
}
