import * as Y from "yjs"

/** Version of the layout below, in `meta.schema` of each document. */
export const SCHEMA_VERSION = 1

/**
 * The top-level types of a conversation document. All are maps, all are created by name, so two devices that create one both
 * have the same.
 *
 * | map | key | value |
 * |---|---|---|
 * | `meta` | `schema`, `title:user/<writer>`, `title:auto/<writer>`, `origin` | scalars, register entries |
 * | `messages` | message id, random | `Y.Map { core: JSON written once, parts: Y.Array of Y.Map }` |
 * | `imported` | `<message id>/<digest of its text>` | one JSON value, never changed |
 * | `flags` | `<message id>/deleted\|pinned/<writer>` | register entry |
 * | `reactions` | `<message id>/<user>/<emoji>/<writer>` | register entry |
 * | `feedback` | `<message id>/<user>/<writer>` | register entry |
 * | `state` | `<message id>/<part id>/<state>` | JSON, one key per state reached |
 */
export const MAP_NAMES = ["meta", "messages", "imported", "flags", "reactions", "feedback", "state"] as const

export type MapName = (typeof MAP_NAMES)[number]

export type ConversationMaps = Readonly<Record<MapName, Y.Map<unknown>>>

/** The top-level maps of `ydoc`; asking for them writes nothing. */
export function conversationMaps(ydoc: Y.Doc): ConversationMaps {
  const map = (name: MapName): Y.Map<unknown> => ydoc.getMap(name)
  return {
    meta: map("meta"),
    messages: map("messages"),
    imported: map("imported"),
    flags: map("flags"),
    reactions: map("reactions"),
    feedback: map("feedback"),
    state: map("state"),
  }
}

/** Records under which owner a conversation's own registers stand in `meta`. */
export const TITLE_USER = "title:user"
export const TITLE_AUTO = "title:auto"
