import type { Clock } from "@polylogue/protocol"
import { system } from "./scope.ts"

/** Longest delay that a timer takes; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** The system's time and timers, of a browser or of Node. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => system.performance.now(),
  setTimer(action: () => void, delayMs: number) {
    const timer = system.setTimeout(action, Math.min(delayMs, MAX_DELAY_MS))
    return () => system.clearTimeout(timer)
  },
})
