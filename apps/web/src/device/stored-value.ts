import { useCallback, useSyncExternalStore } from "react"

/**
 * Small settings of this device, in localStorage: identity, theme, drafts. Where the browser refuses it (blocked, full, private),
 * a value lives in memory as long as the tab.
 */
const memory = new Map<string, string>()
const listeners = new Set<(key: string) => void>()

/** The value at `key`, or `null`. */
export function readStored(key: string): string | null {
  const held = memory.get(key)
  if (held !== undefined) return held
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

/** Sets, or with `null` removes, the value at `key`; says whether the device keeps it beyond this tab. */
export function writeStored(key: string, value: string | null): boolean {
  const kept = tryWrite(key, value)
  if (kept || value === null) memory.delete(key)
  else memory.set(key, value)
  for (const listener of listeners) listener(key)
  return kept
}

/** Calls `listener` when the value at `key` changes, in this tab or another. Returns unsubscribe. */
export function watchStored(key: string, listener: () => void): () => void {
  const own = (changed: string): void => {
    if (changed === key) listener()
  }
  const other = (event: StorageEvent): void => {
    if (event.key === key || event.key === null) listener()
  }
  listeners.add(own)
  window.addEventListener("storage", other)
  return () => {
    listeners.delete(own)
    window.removeEventListener("storage", other)
  }
}

/** The value at `key` as React state. */
export function useStored(key: string): string | null {
  const subscribe = useCallback((listener: () => void) => watchStored(key, listener), [key])
  return useSyncExternalStore(subscribe, () => readStored(key))
}

function tryWrite(key: string, value: string | null): boolean {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
    return true
  } catch {
    return false
  }
}
