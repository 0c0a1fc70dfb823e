import type { ReplicaStatus } from "@polylogue/replica"

/**
 * The connection as a person sees it. A replica that retries goes from `offline` to `connecting` and back every few seconds; for the one who
 * reads it has been cut off since the moment the connection went.
 */
export type Link =
  | {
      readonly kind: "starting"
      /** A relay was tried; before that being offline is no news. */
      readonly dialled: boolean
    }
  | { readonly kind: "online" }
  | { readonly kind: "cut-off"; readonly since: number }
  | { readonly kind: "refused" }

/** The link of a replica that was just opened. */
export const FIRST_LINK: Link = Object.freeze({ kind: "starting", dialled: false })

/** The link after the replica reported `connection` at time `now`. The same object when nothing changed for the reader. */
export function nextLink(link: Link, connection: ReplicaStatus["connection"], now: number): Link {
  switch (connection) {
    case "online":
      return link.kind === "online" ? link : { kind: "online" }
    case "refused":
      return link.kind === "refused" ? link : { kind: "refused" }
    case "offline":
      if (link.kind === "cut-off" || (link.kind === "starting" && !link.dialled)) return link
      return { kind: "cut-off", since: now }
    case "connecting":
      if (link.kind === "online") return { kind: "cut-off", since: now }
      // After a refusal somebody asked for another try: that is a start.
      return link.kind === "cut-off" || (link.kind === "starting" && link.dialled) ? link : { kind: "starting", dialled: true }
  }
}
