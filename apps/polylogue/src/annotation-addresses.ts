import type { AnnotationAddresses } from "@polylogue/conversation"

/** What a source is called in exported annotations that was found nowhere else. */
export function sourceAddress(workspace: string, sourceId: string): string {
  return `urn:polylogue:${workspace}:source:${sourceId}`
}

/** What things of a workspace are called in exported annotations. @param uris - of sources, by id: where they were found. */
export function addressesOf(workspace: string, conversationId: string, uris: ReadonlyMap<string, string>): AnnotationAddresses {
  return {
    source: (sourceId) => uris.get(sourceId) ?? sourceAddress(workspace, sourceId),
    message: (messageId) => `urn:polylogue:${workspace}:conv:${conversationId}:message:${messageId}`,
    // Who came in with an address keeps it.
    person: ({ id }) => (/^[a-z][a-z0-9+.-]*:/iu.test(id) ? id : `urn:polylogue:${workspace}:person:${encodeURIComponent(id)}`),
  }
}
