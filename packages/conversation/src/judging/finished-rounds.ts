import type * as Y from "yjs"
import { ConversationOrigin } from "../origin.ts"

/** The map in a private document with the ids of blind rounds that its person wanted to be done with. */
const FINISHED_MAP = "judging"

/**
 * Whether somebody ever wanted to be done with a blind round: then something may have to be revealed. Apart from the rest, so that a page finds out whether it needs
 * the code that reveals without having it.
 */
export function hasFinishedRounds(home: Y.Doc): boolean {
  return home.getMap(FINISHED_MAP).size > 0
}

/** Notes in somebody's private document that they wanted to be done with a blind round. Writes nothing when that is noted. */
export function noteFinishedRound(home: Y.Doc, roundId: string): void {
  const map = home.getMap<unknown>(FINISHED_MAP)
  if (!map.has(roundId)) home.transact(() => map.set(roundId, true), new ConversationOrigin("finish"))
}
