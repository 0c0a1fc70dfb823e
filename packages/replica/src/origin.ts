/** Where an update came from that the replica applied to a Y.Doc: the device's store, or a Y.Doc that was replaced. */
export interface ReplicaOrigin {
  readonly kind: "polylogue-replica"
  readonly source: "store"
}

/** The origin of every transaction in which the replica applies what is durable already. */
export const STORE_ORIGIN: ReplicaOrigin = Object.freeze({ kind: "polylogue-replica", source: "store" })

/** Whether a transaction's origin is the replica itself, so that its update is no new word of this tab. */
export function isReplicaOrigin(origin: unknown): origin is ReplicaOrigin {
  return typeof origin === "object" && origin !== null && (origin as { kind?: unknown }).kind === "polylogue-replica"
}
