import { SourceShelf, type SourceShelfOptions } from "./source-shelf.ts"

/** The shelves of a responder's workspaces, each opened when it is first asked for. */
export class SourceShelves {
  readonly #options: Omit<SourceShelfOptions, "workspace">
  readonly #shelves = new Map<string, SourceShelf>()

  /** @param options - what all shelves have in common; the limits are those of each. */
  constructor(options: Omit<SourceShelfOptions, "workspace">) {
    this.#options = options
  }

  /** The shelf of a workspace, the same one at each call. */
  of(workspace: string): SourceShelf {
    const known = this.#shelves.get(workspace) ?? new SourceShelf({ ...this.#options, workspace })
    this.#shelves.set(workspace, known)
    return known
  }

  /** Closes all shelves. Idempotent. */
  async close(): Promise<void> {
    const shelves = [...this.#shelves.values()]
    this.#shelves.clear()
    await Promise.all(shelves.map((shelf) => shelf.close()))
  }
}
