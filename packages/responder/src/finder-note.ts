import type { StoredPlace } from "@polylogue/replica"

/** What a finder notes of a document in which there was nothing to be done. */
export interface FinderNote {
  /** Where it stood. */
  readonly place: StoredPlace
  /** Of segment 0: the last segment of its conversation. */
  readonly last: number
}

/** `note` as bytes. */
export function writeFinderNote({ place, last }: FinderNote): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([1, place.head, place.resets, place.order, last]))
}

/** What a note says; undefined for none, and for one that another version wrote. */
export function readFinderNote(bytes: Uint8Array | undefined): FinderNote | undefined {
  if (bytes === undefined) return undefined
  try {
    const noted = JSON.parse(new TextDecoder().decode(bytes)) as unknown
    if (!Array.isArray(noted) || noted.length !== 5 || !noted.every((one) => Number.isSafeInteger(one)) || noted[0] !== 1) return undefined
    const [, head, resets, order, last] = noted as number[]
    return { place: { head: head!, resets: resets!, order: order! }, last: last! }
  } catch {
    return undefined
  }
}
