import type { OtherPresence } from "@polylogue/react"
import { useEffect, useMemo } from "react"
import { readStored, useStored, writeStored } from "../device/stored-value.ts"
import { colourOf, COLOUR_COUNT, type Identity } from "./identity.ts"

const KEY = "polylogue.people"
const MAX_PEOPLE = 500

/** Remembers the colours that people chose, as seen while they were here, so that their messages have them later too. */
export function useRememberPeople(others: readonly OtherPresence[]): void {
  useEffect(() => {
    const known = parsePeople(readStored(KEY))
    const next = new Map(known)
    for (const { userId, colour } of others) {
      if (next.get(userId) === colour) continue
      // Set anew, so that the ones seen last are the last to be forgotten.
      next.delete(userId)
      next.set(userId, colour)
    }
    if ([...next].every(([id, colour]) => known.get(id) === colour)) return
    writeStored(KEY, JSON.stringify([...next].slice(-MAX_PEOPLE)))
  }, [others])
}

/** The colour of an author: one's own, the one they chose when last seen, else one made of the id, the same on every device. */
export function useColour(authorId: string, identity: Identity): number {
  const stored = useStored(KEY)
  const people = useMemo(() => parsePeople(stored), [stored])
  return authorId === identity.id ? identity.colour : (people.get(authorId) ?? colourOf(authorId))
}

/** The colours in a stored text. */
export function parsePeople(text: string | null): ReadonlyMap<string, number> {
  if (text === parsed.text) return parsed.people
  const people = new Map<string, number>()
  try {
    const value: unknown = JSON.parse(text ?? "[]")
    for (const entry of Array.isArray(value) ? value : []) {
      const [id, colour] = Array.isArray(entry) ? (entry as unknown[]) : []
      if (typeof id === "string" && Number.isInteger(colour) && (colour as number) >= 1 && (colour as number) <= COLOUR_COUNT) {
        people.set(id, colour as number)
      }
    }
  } catch {
    // What is no list of people tells nothing of them.
  }
  parsed = { text, people }
  return people
}

// Every message on screen asks for the same text.
let parsed: { readonly text: string | null; readonly people: ReadonlyMap<string, number> } = { text: null, people: new Map() }
