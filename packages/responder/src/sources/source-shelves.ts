import { ConversationShelf } from "./conversation-shelf.ts"
import { SourceShelf, type SourceShelfOptions } from "./source-shelf.ts"

/** The shelves of a responder's workspaces, each made when it is first asked for. */
export class SourceShelves {
  readonly #options: Omit<SourceShelfOptions, "workspace">
  readonly #sources = new Map<string, SourceShelf>()
  readonly #conversations = new Map<string, ConversationShelf>()

  /** @param options - what all shelves have in common; the limits are those of each. */
  constructor(options: Omit<SourceShelfOptions, "workspace">) {
    this.#options = options
  }

  /** The sources of a workspace, the same shelf at each call. */
  of(workspace: string): SourceShelf {
    const known = this.#sources.get(workspace) ?? new SourceShelf({ ...this.#options, workspace })
    this.#sources.set(workspace, known)
    return known
  }

  /** The conversations of a workspace, the same shelf at each call. */
  conversationsOf(workspace: string): ConversationShelf {
    const known = this.#conversations.get(workspace) ?? new ConversationShelf({ ...this.#options, workspace })
    this.#conversations.set(workspace, known)
    return known
  }

  /** Closes all shelves. Idempotent. */
  async close(): Promise<void> {
    const shelves = [...this.#sources.values(), ...this.#conversations.values()]
    this.#sources.clear()
    this.#conversations.clear()
    await Promise.all(shelves.map((shelf) => shelf.close()))
  }
}
