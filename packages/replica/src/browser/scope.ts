import type { WebSocketConstructor } from "../system/dial-with.ts"

/** The global names of a page that are used here; see `system/scope.ts` for why they are written out. */
export interface PageScope extends EventSource {
  readonly WebSocket: WebSocketConstructor
  readonly BroadcastChannel: (new (name: string) => PageChannel) | undefined
  readonly navigator: { readonly locks?: PageLocks }
  readonly document: (EventSource & { readonly visibilityState: string }) | undefined
}

interface EventSource {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

export interface PageChannel {
  postMessage(message: unknown): void
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void
  close(): void
}

export interface PageLocks {
  request(name: string, options: { readonly steal?: boolean; readonly signal?: unknown }, holding: () => Promise<void>): Promise<unknown>
}

export interface PageAbort {
  readonly signal: unknown
  abort(): void
}

export const page = globalThis as unknown as PageScope & { readonly AbortController: new () => PageAbort }

/** The name under which tabs that use the store `name` meet: of their lock and of their channel. */
export function meetingPlace(name: string): string {
  return `polylogue/${name}`
}
