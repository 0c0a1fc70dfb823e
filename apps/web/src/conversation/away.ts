import type { Conversation, LineEntry } from "@polylogue/conversation"

/** What came into a conversation while its reader was away. */
export interface Away {
  /** The first of it in the line. */
  readonly firstId: string
  readonly count: number
}

/**
 * What others wrote after `clock`, the last message that this person had on screen; `undefined` for nothing. What was deleted, and what is not for
 * people to read, is no news.
 * @param late - what came in since, though it was written before it.
 */
export function awaySince(
  conversation: Pick<Conversation, "getTree" | "getMessage">,
  line: readonly LineEntry[],
  clock: number,
  ownId: string,
  late: ReadonlySet<string> = NOTHING,
): Away | undefined {
  const { nodes } = conversation.getTree()
  let firstId: string | undefined
  let count = 0
  for (const { id } of line) {
    if ((nodes.get(id)?.clock ?? 0) <= clock && !late.has(id)) continue
    const message = conversation.getMessage(id)
    if (message === undefined || message.authorId === ownId || message.deletedAt !== null || message.hidden) continue
    firstId ??= id
    count++
  }
  return firstId === undefined ? undefined : { firstId, count }
}

const NOTHING: ReadonlySet<string> = new Set()
