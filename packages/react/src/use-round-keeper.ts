import { useEffect } from "react"
import { usePolylogue } from "./polylogue.ts"
import { roundKeeperOf } from "./round-keeper.ts"

/** Reveals what this person judged blind once all are done, also in rounds that nobody has on screen, as long as a component is shown. */
export function useRoundKeeper(): void {
  const polylogue = usePolylogue()
  useEffect(() => roundKeeperOf(polylogue).start(), [polylogue])
}
