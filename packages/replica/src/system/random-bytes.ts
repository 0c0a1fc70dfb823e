import { system } from "./scope.ts"

/** Unpredictable bytes, at most 65,536 at once. */
export function randomBytes(length: number): Uint8Array {
  return system.crypto.getRandomValues(new Uint8Array(length))
}
