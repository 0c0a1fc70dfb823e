/** The conversation whose messages the document holds: `<workspace>/conv/<id>`, or one of its segments below that; undefined for another document. */
export function conversationOf(workspace: string, documentId: string): string | undefined {
  const prefix = `${workspace}/conv/`
  if (!documentId.startsWith(prefix)) return undefined
  const [conversationId, segment, ...rest] = documentId.slice(prefix.length).split("/")
  if (conversationId === undefined || conversationId === "" || rest.length > 0) return undefined
  return segment === undefined || SEGMENT.test(segment) ? conversationId : undefined
}

const SEGMENT = /^s\d+$/
