/**
 * The global names that browsers and Node 20 have in common, as far as they are used here. Written out instead of taken from the DOM's types, so
 * that the compiler keeps the rest of the package free of any environment.
 */
export interface SystemScope {
  setTimeout(action: () => void, delayMs: number): unknown
  clearTimeout(timer: unknown): void
  readonly performance: { now(): number }
  readonly crypto: { getRandomValues(array: Uint8Array): Uint8Array }
}

export const system = globalThis as unknown as SystemScope
