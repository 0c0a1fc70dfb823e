import { isSegment } from "@polylogue/conversation"
import { useMemo, useSyncExternalStore } from "react"
import { isOnLayer } from "./layers.ts"

/** What is on screen, as it stands in the address: a link to a conversation works on every device that may read it. */
export interface Route {
  readonly conversationId: string | undefined
  /** The message of it that is to be shown, on whichever branch it is. */
  readonly messageId: string | undefined
  /** Which of the app's parts is on screen; each reads the rest of its addresses itself. */
  readonly part: AppPart
}

/** What is written and kept here, each part with a page of its own. */
export type AppPart = "conversations" | "prompts" | "sources" | "judging"

const PARTS: Readonly<Record<string, AppPart>> = { p: "prompts", s: "sources", j: "judging" }

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
  return parseRoute(hash).conversationId
}

/** What the hash of an address names. A message is none without its conversation. */
export function parseRoute(hash: string): Route {
  const [, conversationId, message] = /^#\/c\/([^/]+)(?:\/m\/([^/]+))?$/.exec(hash) ?? []
  const part = PARTS[/^#\/([a-z])(?:\/|$)/.exec(hash)?.[1] ?? ""] ?? "conversations"
  if (!isSegment(conversationId)) return { conversationId: undefined, messageId: undefined, part }
  return { conversationId, messageId: message === undefined ? undefined : decodedPart(message), part }
}

/** Goes to a message. */
export function navigateToMessage(conversationId: string, messageId: string): void {
  goTo(messageHref(conversationId, messageId))
}

/** The message that the address named is shown: the address is that of the conversation again, so that going back leads to where one was. */
export function messageShown(conversationId: string): void {
  if (parseRoute(location.hash).messageId === undefined) return
  history.replaceState(history.state, "", hrefOf(conversationId))
  window.dispatchEvent(new HashChangeEvent("hashchange"))
}

/** Goes to a conversation, or with `undefined` to the list. */
export function navigate(conversationId: string | undefined, options: { readonly replace?: boolean } = {}): void {
  if (location.hash === hrefOf(conversationId)) return
  goTo(hrefOf(conversationId), options.replace === true || isOnLayer())
}

/** Goes to an address within the app. What lies over the page is left behind, and no step back. */
export function goTo(href: string, replace = isOnLayer()): void {
  if (replace) {
    history.replaceState(null, "", href)
    window.dispatchEvent(new HashChangeEvent("hashchange"))
  } else location.hash = href
}

/** The present route; renders again when the address changes. */
export function useRoute(): Route {
  const hash = useHash()
  return useMemo(() => parseRoute(hash), [hash])
}

/** The hash of the address; renders again when it changes. */
export function useHash(): string {
  return useSyncExternalStore(subscribe, () => location.hash)
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener)
  return () => window.removeEventListener("hashchange", listener)
}

/** What an encoded part of an address says; undefined for one that is no encoding. */
export function decodedPart(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
