import type * as Y from "yjs"

/**
 * Whether somebody's private document holds anything that was ever to be published. Apart from `PublishIntents`, so that a page finds out whether it
 * needs the code that publishes without having it.
 */
export function hasIntents(home: Y.Doc): boolean {
  return home.getMap(PUBLISHING_MAP).size > 0
}

/** The map of the intents in a private document. */
export const PUBLISHING_MAP = "publishing"
