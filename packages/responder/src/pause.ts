import type { Clock } from "@polylogue/protocol"

/** Resolves after `delayMs`, or when `signal` is aborted; the timer goes then. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      cancel()
      signal?.removeEventListener("abort", settle)
      resolve()
    }
    const cancel = clock.setTimer(settle, delayMs)
    signal?.addEventListener("abort", settle)
    if (signal?.aborted === true) settle()
  })
}
