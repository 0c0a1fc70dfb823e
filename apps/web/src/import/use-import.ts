import type { ImportReport } from "@polylogue/conversation"
import { usePolylogue } from "@polylogue/react"
import { useCallback, useEffect, useRef, useState } from "react"
import type { ImportProgress } from "./run-import.ts"

/** Where the import of this tab stands. */
export interface ImportState {
  readonly phase: "idle" | "running" | "done"
  readonly progress: ImportProgress | undefined
  readonly cancelled: boolean
  /** What stopped the whole run, in words. */
  readonly problem: string | undefined
}

const IDLE: ImportState = { phase: "idle", progress: undefined, cancelled: false, problem: undefined }

/** The import of this tab, and what starts and stops it. */
export interface Imports {
  readonly state: ImportState
  readonly start: (files: readonly File[]) => void
  readonly cancel: () => void
  /** Forgets what a finished run reported. */
  readonly reset: () => void
}

/** Runs at most one import at a time; files given meanwhile are taken after it. */
export function useImport(): Imports {
  const { replica, workspace } = usePolylogue()
  const [state, setState] = useState(IDLE)
  const abort = useRef<AbortController>(undefined)
  const waiting = useRef<File[]>([])
  const frame = useRef(0)

  const start = useCallback(
    (files: readonly File[]) => {
      if (files.length === 0) return
      waiting.current.push(...files)
      if (abort.current !== undefined) return
      const controller = new AbortController()
      abort.current = controller
      let latest: ImportProgress | undefined
      let earlier: readonly ImportReport[] = []
      const show = (): void => setState({ phase: "running", progress: latest, cancelled: false, problem: undefined })
      const onProgress = (progress: ImportProgress): void => {
        latest = { ...progress, reports: [...earlier, ...progress.reports] }
        cancelAnimationFrame(frame.current)
        frame.current = requestAnimationFrame(show)
      }
      const run = async (): Promise<string | undefined> => {
        try {
          // The formats are needed by few visits; they come when they are.
          const { runImport } = await import("./run-import.ts")
          for (let next = waiting.current.splice(0); next.length > 0; next = waiting.current.splice(0)) {
            await runImport({ files: next, replica, workspace, signal: controller.signal, onProgress })
            earlier = latest?.reports ?? []
          }
          return undefined
        } catch (error) {
          const why = error instanceof Error ? error.message : "the device does not answer"
          return `The import stopped: ${why}. What was imported before is here; import again to go on.`
        }
      }
      const finish = async (): Promise<void> => {
        const problem = await run()
        cancelAnimationFrame(frame.current)
        abort.current = undefined
        setState({ phase: "done", progress: latest, cancelled: controller.signal.aborted, problem })
      }
      show()
      void finish()
    },
    [replica, workspace],
  )
  const cancel = useCallback(() => {
    waiting.current = []
    abort.current?.abort()
  }, [])
  const reset = useCallback(() => setState((state) => (state.phase === "done" ? IDLE : state)), [])
  useEffect(() => () => abort.current?.abort(), [])
  return { state, start, cancel, reset }
}
