import type { LineEntry } from "@polylogue/conversation"
import type { OpenConversation } from "@polylogue/react"
import { type ReactNode, type RefObject, Suspense, useState } from "react"
import type { VirtualizerHandle } from "virtua"
import { later } from "../frame/later.ts"
import type { Away } from "./away.ts"
import { useAway } from "./use-away.ts"
import { useMarkRead } from "./use-mark-read.ts"

const divider = import("./away-divider.tsx")
const AwayDivider = later(divider.then((module) => module.AwayDivider))
const AwayJump = later(divider.then((module) => module.AwayJump))

interface AwayNewsOptions {
  readonly held: OpenConversation
  readonly line: readonly LineEntry[]
  readonly ownId: string
  /** Whether the end of the line is on screen: then all of it counts as read. */
  readonly atEnd: boolean
  readonly scroller: RefObject<HTMLElement | null>
  readonly virtualizer: RefObject<VirtualizerHandle | null>
}

interface AwayNews {
  /** What stands before a message: the divider, where it is the first that is new. */
  readonly dividerBefore: (id: string) => ReactNode
  /** What leads to that message as long as one has not been there. */
  readonly jump: ReactNode
}

/** What the list of messages shows of what came while one was away; notes at the same time how far one reads now. */
export function useAwayNews({ held, line, ownId, atEnd, scroller, virtualizer }: AwayNewsOptions): AwayNews {
  const away = useAway(held, line, ownId)
  useMarkRead(held, line, atEnd)
  const [reached, setReached] = useState<Away>()
  const toFirst = (): void => {
    const index = line.findIndex(({ id }) => id === away?.firstId)
    if (index !== -1) virtualizer.current?.scrollToIndex(index, { align: "start" })
  }
  return {
    dividerBefore: (id) =>
      id === away?.firstId ? (
        <Suspense>
          <AwayDivider away={away} onReached={setReached} />
        </Suspense>
      ) : null,
    jump:
      away === undefined || reached === away ? null : (
        <Suspense>
          <AwayJump away={away} scroller={scroller} onJump={toFirst} />
        </Suspense>
      ),
  }
}
