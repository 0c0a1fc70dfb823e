import type { RegisterKey } from "@polylogue/protocol"

/**
 * The registers that have something to do of themselves, or will: whose attempts are remembered, or whose time to live is counted. A record names each
 * of them, so that a start of the relay finds it.
 */
export class RecentRegisters {
  /** When the attempts of each have been remembered long enough, in monotonic milliseconds; `Infinity` for one of which none are. */
  readonly #forgetAt = new Map<RegisterKey, number>()
  /** How many there are of each workspace: of documents whose ids begin with the same segment. */
  readonly #counts = new Map<string, number>()

  get size(): number {
    return this.#forgetAt.size
  }

  has(key: RegisterKey): boolean {
    return this.#forgetAt.has(key)
  }

  /** How many there are in the workspace of `key`. */
  sizeBeside(key: RegisterKey): number {
    return this.#counts.get(workspaceOf(key)) ?? 0
  }

  set(key: RegisterKey, forgetAt: number): void {
    if (!this.#forgetAt.has(key)) this.#counts.set(workspaceOf(key), this.sizeBeside(key) + 1)
    this.#forgetAt.set(key, forgetAt)
  }

  delete(key: RegisterKey): void {
    if (!this.#forgetAt.delete(key)) return
    const left = this.sizeBeside(key) - 1
    if (left === 0) this.#counts.delete(workspaceOf(key))
    else this.#counts.set(workspaceOf(key), left)
  }

  /** Those whose attempts may be forgotten at `now`, at most `limit`. */
  due(now: number, limit: number): RegisterKey[] {
    const due: RegisterKey[] = []
    for (const [key, forgetAt] of this.#forgetAt) {
      if (forgetAt > now) continue
      due.push(key)
      if (due.length === limit) break
    }
    return due
  }
}

function workspaceOf(key: RegisterKey): string {
  return /^[^/#]*/u.exec(key)![0]
}
