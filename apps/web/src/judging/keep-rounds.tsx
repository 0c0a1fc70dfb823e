import { useRoundKeeper } from "@polylogue/react"

/** Reveals what its person judged blind once all are done, whatever is on screen. Shows nothing: the rounds say what became of it. */
export function KeepRounds() {
  useRoundKeeper()
  return null
}
