import { isSegment } from "@polylogue/conversation"
import { useSyncExternalStore } from "react"
import { isOnLayer } from "./layers.ts"

/** What is on screen, as it stands in the address: a link to a conversation works on every device that may read it. */
export interface Route {
  readonly conversationId: string | undefined
}

/** The address of a conversation within the app; of the list without one. */
export function hrefOf(conversationId: string | undefined): string {
  return conversationId === undefined ? "#/" : `#/c/${conversationId}`
}

/** The address of a message within its conversation. */
export function messageHref(conversationId: string, messageId: string): string {
  return `${hrefOf(conversationId)}/m/${encodeURIComponent(messageId)}`
}

/** The conversation named in the hash of an address; anything else, however strange, names none. */
export function parseHash(hash: string): string | undefined {
  const match = /^#\/c\/([^/]+)(?:\/m\/[^/]+)?$/.exec(hash)
  return isSegment(match?.[1]) ? match[1] : undefined
}

/** Goes to a conversation, or with `undefined` to the list. */
export function navigate(conversationId: string | undefined, options: { readonly replace?: boolean } = {}): void {
  if (parseHash(location.hash) === conversationId && location.hash !== "") return
  if (options.replace === true || isOnLayer()) {
    history.replaceState(null, "", hrefOf(conversationId))
    window.dispatchEvent(new HashChangeEvent("hashchange"))
  } else location.hash = hrefOf(conversationId)
}

/** The present route; renders again when the address changes. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  return { conversationId: parseHash(hash) }
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener)
  return () => window.removeEventListener("hashchange", listener)
}
