import { useEffect, useRef, useSyncExternalStore } from "react"

/** Takes files that were dropped on the page; `importFiles` is what the page would do with them by itself. */
export type FileReceiver = (files: readonly File[], importFiles: (files: readonly File[]) => void) => void

let current: FileReceiver | undefined
const listeners = new Set<() => void>()

function set(receiver: FileReceiver | undefined): void {
  current = receiver
  for (const listener of listeners) listener()
}

/** Takes the files that are dropped, as long as the component is on the page and `receive` is given. */
export function useReceiveFiles(receive: FileReceiver | undefined): void {
  const latest = useRef(receive)
  useEffect(() => {
    latest.current = receive
  }, [receive])
  const open = receive !== undefined
  useEffect(() => {
    if (!open) return
    const receiver: FileReceiver = (files, importFiles) => latest.current?.(files, importFiles)
    set(receiver)
    return () => {
      if (current === receiver) set(undefined)
    }
  }, [open])
}

/** Who takes the files that are dropped; undefined: the page imports them. */
export function useFileReceiver(): FileReceiver | undefined {
  return useSyncExternalStore(subscribe, () => current)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether a file may be an export of conversations rather than something to send. */
export function looksLikeExport({ name, type }: Pick<File, "name" | "type">): boolean {
  return /\.(?:json|jsonl|ndjson|zip|gz)$/i.test(name) || type === "application/json" || type === "application/zip"
}
