import { type SourceCard, sourceDocumentId } from "@polylogue/conversation"
import { usePolylogue, useReplicaStatus } from "@polylogue/react"
import { useCallback, useSyncExternalStore } from "react"
import type { CardListKind } from "../card-list/card-list-kind.ts"
import { SafetyMark } from "../sync/safety-mark.tsx"
import { sourceHref } from "./source-route.ts"
import { kindWord, sourceTitle } from "./source-words.ts"

/** The list of sources. */
export const SOURCE_LIST: CardListKind<SourceCard> = {
  part: "sources",
  group: "Sources",
  title: "Sources",
  what: "source",
  empty: "No sources yet. Add files with the plus above, or drop them here.",
  nameOf: ({ name }) => sourceTitle(name),
  ownName: ({ name }) => name,
  nameLabel: "Title",
  href: sourceHref,
  End: SourceEnd,
  Line: SourceLine,
}

/** A ring while some of it is on this device only. */
function SourceEnd({ card }: { readonly card: SourceCard }) {
  const { replica, workspace } = usePolylogue()
  const { keeps } = useReplicaStatus()
  const subscribe = useCallback((listener: () => void) => replica.subscribe(listener), [replica])
  const waits = useSyncExternalStore(subscribe, () => replica.waits(sourceDocumentId(workspace, card.id)))
  return waits && <SafetyMark safety="local" keeps={keeps} />
}

/** What kind of file it is, where that is more than text. */
function SourceLine({ card }: { readonly card: SourceCard }) {
  const kind = kindWord(card.mime ?? "", card.name)
  return kind === "Text" ? undefined : <span className="conversation-hint">{kind}</span>
}
