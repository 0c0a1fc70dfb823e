import type { Replica, ShelvedBlob } from "@polylogue/replica"
import { useCallback, useEffect, useState, useSyncExternalStore } from "react"
import { usePolylogue } from "./polylogue.ts"
import { Uploads } from "./uploads.ts"

/** Why the bytes of a blob are not here; `closed` and the like are `failed`. */
export type BlobProblem = "unavailable" | "not-found" | "erased" | "forbidden" | "failed"

/** The bytes of a blob on their way to the screen. */
export type BlobState =
  | { readonly state: "loading" }
  | { readonly state: "here"; readonly bytes: Uint8Array }
  | { readonly state: "missing"; readonly problem: BlobProblem; readonly retry: () => void }

/** Waits in ms before a blob that no relay has yet is asked for again: its author may still be sending it. The last one holds for all later tries. */
const ASK_AGAIN_MS = [2_000, 5_000, 15_000, 60_000] as const
const LOADING: BlobState = Object.freeze({ state: "loading" })
const PROBLEMS: ReadonlySet<string> = new Set<BlobProblem>(["unavailable", "not-found", "erased", "forbidden"])

/**
 * The bytes of a blob of the workspace, from the device or a relay, as long as a component shows it. What is not to be had now is asked for again when
 * a connection stands, and while nobody has it yet. `undefined` asks for nothing.
 */
export function useBlob(hash: string | undefined): BlobState {
  const { replica, workspace } = usePolylogue()
  const [found, setFound] = useState<{ readonly hash: string | undefined; readonly blob: BlobState }>({ hash, blob: LOADING })
  useEffect(() => {
    if (hash === undefined) return
    return followBlob(replica, workspace, hash, (blob) => setFound({ hash, blob }))
  }, [replica, workspace, hash])
  return found.hash === hash ? found.blob : LOADING
}

/** What this device still has to bring to a relay, refused ones included; the same array until it changes. */
export function useUploads(): readonly ShelvedBlob[] {
  const { replica } = usePolylogue()
  const uploads = uploadsOf(replica)
  const subscribe = useCallback((listener: () => void) => uploads.subscribe(listener), [uploads])
  return useSyncExternalStore(subscribe, () => uploads.current)
}

/** How a blob of the workspace stands that this device has and no relay; `undefined` for any other. */
export function useUpload(hash: string | undefined): ShelvedBlob | undefined {
  const { replica, workspace } = usePolylogue()
  const uploads = uploadsOf(replica)
  const subscribe = useCallback((listener: () => void) => uploads.subscribe(listener), [uploads])
  return useSyncExternalStore(subscribe, () => uploads.current.find((blob) => blob.hash === hash && blob.workspace === workspace))
}

/** Whether any of these blobs of the workspace is on this device and on no relay. */
export function useWaitsForUpload(hashes: readonly string[]): boolean {
  const { replica, workspace } = usePolylogue()
  const uploads = uploadsOf(replica)
  const subscribe = useCallback((listener: () => void) => uploads.subscribe(listener), [uploads])
  return useSyncExternalStore(
    subscribe,
    () => hashes.length > 0 && uploads.current.some((blob) => blob.workspace === workspace && hashes.includes(blob.hash)),
  )
}

const known = new WeakMap<Replica, Uploads>()

function uploadsOf(replica: Replica): Uploads {
  const uploads = known.get(replica) ?? new Uploads(replica)
  known.set(replica, uploads)
  return uploads
}

function followBlob(replica: Replica, workspace: string, hash: string, show: (blob: BlobState) => void): () => void {
  let stopped = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let tries = 0
  let asking = false
  let missing: BlobProblem | undefined
  const ask = async (): Promise<void> => {
    if (asking || stopped) return
    asking = true
    clearTimeout(timer)
    missing = undefined
    try {
      const bytes = await replica.blobs.get(workspace, hash)
      if (!stopped) show({ state: "here", bytes })
    } catch (error) {
      missing = problemOf(error)
      if (!stopped) show({ state: "missing", problem: missing, retry: () => void ask() })
      if (!stopped && (missing === "not-found" || (missing === "unavailable" && online))) {
        timer = setTimeout(() => void ask(), ASK_AGAIN_MS[Math.min(tries++, ASK_AGAIN_MS.length - 1)])
      }
    } finally {
      asking = false
    }
  }
  let online = replica.status.connection === "online"
  const stop = replica.subscribe(() => {
    const before = online
    online = replica.status.connection === "online"
    if (online && !before && (missing === "unavailable" || missing === "not-found")) void ask()
  })
  void ask()
  return () => {
    stopped = true
    clearTimeout(timer)
    stop()
  }
}

function problemOf(error: unknown): BlobProblem {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === "string" && PROBLEMS.has(code) ? (code as BlobProblem) : "failed"
}
