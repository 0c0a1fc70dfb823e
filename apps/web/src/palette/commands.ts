import { createContext, useContext, useEffect, useId } from "react"
import type { IconName } from "../frame/icon.tsx"

/** Where a command stands in the palette and on the sheet of keys. */
export const COMMAND_GROUPS = [
  "This message",
  "This conversation",
  "This prompt",
  "This source",
  "This round",
  "Go to",
  "Conversations",
  "Prompts",
  "Sources",
  "Judging",
  "This device",
] as const

/** Something one can do: the palette finds it by name, its keys run it, the sheet of keys shows it. */
export interface Command {
  /** Names it among all commands of the page. */
  readonly id: string
  /** What it does, as a verb: "Rename". */
  readonly name: string
  readonly icon: IconName
  readonly group: (typeof COMMAND_GROUPS)[number]
  /** As `shortcutOf` names them: `n`, `Mod+k`. */
  readonly keys?: string
  /** Other words by which somebody may look for it. */
  readonly words?: string
  readonly run: () => void
}

/** The commands of everything that is on the page at the moment. */
class CommandRegistry {
  #commands = new Map<string, readonly Command[]>()
  readonly #watchers = new Set<() => void>()

  /** Replaces the commands of `owner`, which keeps its place among the others: behind those that were there before, or with `below` before all of them. */
  set(owner: string, commands: readonly Command[], below = false): void {
    if (below && !this.#commands.has(owner)) this.#commands = new Map([[owner, commands], ...this.#commands])
    this.#commands.set(owner, commands)
    for (const watcher of this.#watchers) watcher()
  }

  delete(owner: string): void {
    this.#commands.delete(owner)
  }

  /** Every command once, group by group; of two with one id the one that came last. */
  all(): readonly Command[] {
    const byId = new Map([...this.#commands.values()].flat().map((command) => [command.id, command]))
    const place = ({ group }: Command): number => COMMAND_GROUPS.indexOf(group)
    return [...byId.values()].toSorted((left, right) => place(left) - place(right))
  }

  /** Calls `watcher` when commands may have been added, until the function that it gives is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** The command that `keys` run; of several the one that came last, which is nearest to what one does. */
  find(keys: string): Command | undefined {
    return [...this.#commands.values()].flat().findLast((command) => command.keys === keys)
  }
}

/** The registry of the page. */
export const CommandContext = createContext(new CommandRegistry())

/**
 * Offers `commands` as long as the component is on the page. They may be other ones at each rendering.
 * @param below - they give way to all others, whichever came first: what can be done wherever one is gives way to what can be done with what is on screen.
 */
export function useCommands(commands: readonly Command[], below = false): void {
  const registry = useContext(CommandContext)
  const owner = useId()
  useEffect(() => registry.set(owner, commands, below))
  useEffect(() => () => registry.delete(owner), [registry, owner])
}
