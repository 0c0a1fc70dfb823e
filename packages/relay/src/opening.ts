import type { RelayId, Resumption, VersionVector } from "@polylogue/protocol"
import type { Permission } from "./options.ts"

/** Whom a reader is for: a device, in the version that it speaks, or another relay. */
export type ReaderKind = { readonly type: "device"; readonly version: number } | { readonly type: "link"; readonly relay: RelayId }

/** What a replica says when it opens a document, and may do with it. */
export interface Opening {
  readonly handle: number
  readonly vector: VersionVector
  /** What it has of a snapshot whose transfer was cut. */
  readonly resume?: Resumption | undefined
  readonly permission: Permission
  readonly kind: ReaderKind
}
