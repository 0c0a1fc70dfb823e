import { useCallback, useEffect, useState } from "react"

/** What the browser says about this device's storage. All of it is the browser's word; some tell nothing. */
export interface StorageState {
  readonly usedBytes: number | undefined
  readonly quotaBytes: number | undefined
  /** Of it the app itself, kept so that it opens without a network. */
  readonly appBytes: number | undefined
  /** The browser has promised not to clear it by itself. */
  readonly persistent: boolean | undefined
}

const UNKNOWN: StorageState = { usedBytes: undefined, quotaBytes: undefined, appBytes: undefined, persistent: undefined }
const NEARLY_FULL = 0.9
const REFRESH_MS = 60_000

/** The storage of this device, looked at again every minute, and what asks the browser to keep it. */
export function useStorageState(): readonly [StorageState, () => void] {
  const [state, setState] = useState(UNKNOWN)
  const refresh = useCallback(() => {
    void readStorage().then(setState)
  }, [])
  useEffect(() => {
    refresh()
    const timer = setInterval(refresh, REFRESH_MS)
    return () => clearInterval(timer)
  }, [refresh])
  const persist = useCallback(() => {
    navigator.storage?.persist?.().then(refresh, refresh)
  }, [refresh])
  return [state, persist]
}

/** Whether there is little space left. */
export function isNearlyFull({ usedBytes, quotaBytes }: StorageState): boolean {
  return usedBytes !== undefined && quotaBytes !== undefined && quotaBytes > 0 && usedBytes / quotaBytes > NEARLY_FULL
}

/** A number of bytes as one says it: "3.4 MB". */
export function bytesInWords(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"]
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

async function readStorage(): Promise<StorageState> {
  try {
    const [estimate, persistent] = await Promise.all([navigator.storage?.estimate?.(), navigator.storage?.persisted?.()])
    return { usedBytes: estimate?.usage, quotaBytes: estimate?.quota, appBytes: appBytesOf(estimate), persistent }
  } catch {
    return UNKNOWN
  }
}

/** What the caches take; only some browsers say what is used for what. */
function appBytesOf(estimate: StorageEstimate | undefined): number | undefined {
  const details = (estimate as { readonly usageDetails?: Readonly<Record<string, unknown>> } | undefined)?.usageDetails
  if (details === undefined) return undefined
  return [details["caches"], details["serviceWorkerRegistrations"]].reduce<number>(
    (sum, bytes) => (typeof bytes === "number" ? sum + bytes : sum),
    0,
  )
}
