import type { StorageErrorCode } from "../errors.ts"

/*
 * The few assertions that rules need, so that they run anywhere: under a test runner, in a browser, in a check of somebody's own store.
 */

/** Throws unless both are equal: bytes by content, maps whatever their order, objects by their own keys. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!same(actual, expected)) throw new Error(`${what}: expected ${show(expected)}, got ${show(actual)}`)
}

/** Throws unless `promise` rejects with a StorageError of `code`. */
export async function refused(code: StorageErrorCode, promise: Promise<unknown>, what: string): Promise<void> {
  const outcome = await promise.then(
    () => "no error",
    (error: Error & { code?: string }) => error.code ?? error.message,
  )
  equal(outcome, code, what)
}

/** Throws unless `promise` rejects with a TypeError or RangeError. */
export async function misused(promise: Promise<unknown>, what: string): Promise<void> {
  const outcome = await promise.then(
    () => "no error",
    (error: unknown) => (error instanceof TypeError || error instanceof RangeError ? "a programming error" : error),
  )
  equal(outcome, "a programming error", what)
}

function same(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false
  if (left instanceof Uint8Array && right instanceof Uint8Array) return sameBytes(left, right)
  if (left instanceof Map && right instanceof Map) {
    return left.size === right.size && [...left].every(([key, value]) => right.has(key) && same(value, right.get(key)))
  }
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every((key) => key in right && same((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]))
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

const SHOWN = 400

function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) => {
    if (inner instanceof Uint8Array) return `${inner.length} bytes ${inner.subarray(0, 16).join(" ")}`
    return inner instanceof Map ? [...inner] : inner
  })
  return text === undefined ? "undefined" : text.slice(0, SHOWN)
}
