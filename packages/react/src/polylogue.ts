import type { Author } from "@polylogue/conversation"
import type { Replica } from "@polylogue/replica"
import { createContext, createElement, type ReactElement, type ReactNode, useContext } from "react"
import { DocumentPool } from "./document-pool.ts"

const DEFAULT_LINGER_MS = 10_000

/** What the hooks stand on. */
export interface PolylogueOptions {
  /** The device's replica; it stays the caller's to close. */
  readonly replica: Replica
  /** Name of this device in the keys of what it sets: 1 to 64 of `A-Z a-z 0-9 _ -`, the same over reloads, no other device's. */
  readonly writer: string
  /** Who writes here, asked at each operation: a name changed in the settings stands on the next message. */
  readonly author: () => Author
  /** Whose private document (drafts, read markers) is used, where a relay knows people by other names than `author`. Default the author's id. */
  readonly user?: string
  /** First segment of the document ids. Default `home`. */
  readonly workspace?: string
  /** Wall time in ms since 1970. Default the device's. */
  readonly now?: () => number
  /** Source of ids; unpredictable. Default the browser's. */
  readonly randomBytes?: (length: number) => Uint8Array
  /** How long a document stays open after its last component went, in ms; 0 closes at the next turn. Default 10,000. */
  readonly lingerMs?: number
}

/** One replica with what hooks need beside it. Made once, outside of React, by {@link createPolylogue}. */
export interface Polylogue {
  readonly replica: Replica
  /** Whose private document is used; `undefined`: the author's. */
  readonly user: string | undefined
  readonly workspace: string
  readonly writer: string
  /** Reads the present author at each access of a field. */
  readonly author: Author
  readonly now: () => number
  readonly randomBytes: (length: number) => Uint8Array
  readonly pool: DocumentPool
}

/** Ties a replica to a workspace and an author. Acquires nothing; documents are opened by the hooks that show them. */
export function createPolylogue(options: PolylogueOptions): Polylogue {
  const { replica, writer, author, workspace = "home", lingerMs = DEFAULT_LINGER_MS } = options
  return {
    replica,
    user: options.user,
    workspace,
    writer,
    author: liveAuthor(author),
    now: options.now ?? Date.now,
    randomBytes: options.randomBytes ?? ((length) => crypto.getRandomValues(new Uint8Array(length))),
    pool: new DocumentPool(replica, lingerMs),
  }
}

const PolylogueContext = createContext<Polylogue | undefined>(undefined)

/** Gives the hooks below it their replica. */
export function PolylogueProvider({ polylogue, children }: { readonly polylogue: Polylogue; readonly children?: ReactNode }): ReactElement {
  return createElement(PolylogueContext, { value: polylogue }, children)
}

/**
 * What the nearest {@link PolylogueProvider} gives.
 * @throws TypeError outside of one.
 */
export function usePolylogue(): Polylogue {
  const polylogue = useContext(PolylogueContext)
  if (polylogue === undefined) throw new TypeError("this hook needs a PolylogueProvider above it")
  return polylogue
}

function liveAuthor(author: () => Author): Author {
  return {
    get id() {
      return author().id
    },
    get kind() {
      return author().kind
    },
    get name() {
      return author().name ?? ""
    },
  }
}
