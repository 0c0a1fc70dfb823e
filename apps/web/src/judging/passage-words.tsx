import type { ItemChunk } from "@polylogue/conversation"
import { type OpenSource, useSource, useSourceMeta } from "@polylogue/react"
import { useCallback, useSyncExternalStore } from "react"
import { Skeleton } from "../frame/skeleton.tsx"

interface PassageProps {
  readonly chunk: ItemChunk
}

/** The words of a passage as its source has kept them: what is judged stays what it was, whatever became of the source. */
export function PassageText({ chunk }: PassageProps) {
  const state = useSource(chunk.sourceId)
  if (state.state === "opening") return <Skeleton rows={3} label="Opening the source" />
  if (state.state === "failed") return <p className="quiet">Its source cannot be read from this device. Nothing was changed.</p>
  return <Words held={state} chunk={chunk} />
}

/** Where a passage comes from, with the way there. */
export function PassageSource({ chunk }: PassageProps) {
  const state = useSource(chunk.sourceId)
  return state.state === "open" && <Title held={state} />
}

function Title({ held: { source, sourceId } }: { readonly held: OpenSource }) {
  const { title } = useSourceMeta(source)
  return (
    title !== "" && (
      <a href={`#/s/${sourceId}`} dir="auto">
        {title}
      </a>
    )
  )
}

function Words({ held: { source }, chunk }: PassageProps & { readonly held: OpenSource }) {
  const subscribe = useCallback((listener: () => void) => source.subscribe(listener), [source])
  const passage = useSyncExternalStore(subscribe, () => source.getPassage(chunk.chunkId))
  if (passage === undefined) {
    return <p className="quiet">This passage is not on this device yet. It comes when a relay that has it is in reach.</p>
  }
  return (
    <p className="judged-text" dir="auto">
      {passage.text}
    </p>
  )
}
