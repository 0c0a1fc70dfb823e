/** Longest beginning of a name that is kept when another one has to be made of it: providers take 64 characters. */
const MAX_KEPT_LENGTH = 48

/**
 * The names of calls in a reply. Providers name calls as they like, some each step's first one `call_0`; in a message each has a name of its own, by which people answer and results are found.
 */
export class CallNames {
  readonly #used: Set<string>
  /** The name in the reply of what the provider called so last. */
  readonly #given = new Map<string, string>()
  /** By the provider's names, calls whose input streams. */
  readonly #streaming = new Set<string>()

  /** @param used - names that are in the reply already. */
  constructor(used: Iterable<string>) {
    this.#used = new Set(used)
  }

  /** The input of a call begins to stream. */
  start(toolCallId: string): string {
    this.#streaming.add(toolCallId)
    return this.#give(toolCallId)
  }

  /** The call is complete, whether or not its input had streamed. */
  complete(toolCallId: string): string {
    return this.#streaming.delete(toolCallId) ? this.of(toolCallId) : this.#give(toolCallId)
  }

  /** The call that the provider named so last. */
  of(toolCallId: string): string {
    return this.#given.get(toolCallId) ?? toolCallId
  }

  #give(toolCallId: string): string {
    let name = toolCallId
    for (let number = 2; name === "" || this.#used.has(name); number++) name = `${toolCallId.slice(0, MAX_KEPT_LENGTH)}_${number}`
    this.#used.add(name)
    this.#given.set(toolCallId, name)
    return name
  }
}
