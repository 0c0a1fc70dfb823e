import { useMemo } from "react"
import { readStored, useStored, writeStored } from "../device/stored-value.ts"

const KEY = "polylogue.identity"
const MAX_NAME_LENGTH = 60
/** How many presence colours the tokens have. */
export const COLOUR_COUNT = 8

/** Who writes on this device. It is a name to show, not an account. */
export interface Identity {
  /** Random, minted once per device profile. */
  readonly id: string
  /** Empty until the person gave one. */
  readonly name: string
  /** 1 to {@link COLOUR_COUNT}: one of the presence colours. */
  readonly colour: number
}

/** The identity of this device; mints and keeps one at the first call. */
export function loadIdentity(): Identity {
  const known = parseIdentity(readStored(KEY))
  if (known !== undefined) return known
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const id = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  const minted: Identity = { id, name: "", colour: ((bytes[0] ?? 0) % COLOUR_COUNT) + 1 }
  writeStored(KEY, JSON.stringify(minted))
  return minted
}

/** Changes name or colour; the id stays. */
export function changeIdentity(change: Partial<Pick<Identity, "name" | "colour">>): void {
  const { id, name, colour } = { ...loadIdentity(), ...change }
  writeStored(KEY, JSON.stringify({ id, name: name.trim().slice(0, MAX_NAME_LENGTH), colour }))
}

/** The identity of this device, following changes in other tabs. */
export function useIdentity(): Identity {
  const stored = useStored(KEY)
  return useMemo(() => parseIdentity(stored) ?? loadIdentity(), [stored])
}

/** What others see while no name was given. */
export function shownName(identity: Pick<Identity, "name">): string {
  return identity.name === "" ? "Guest" : identity.name
}

/** Up to two letters standing for `name`: the first of the first and of the last word, whole characters of any script. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== "")
  const first = firstCharacter(words[0])
  const last = words.length > 1 ? firstCharacter(words.at(-1)) : ""
  return (first + last).toLocaleUpperCase() || "?"
}

/** A colour for somebody of whom only an id is known: the same on every device. */
export function colourOf(id: string): number {
  let sum = 0
  for (let index = 0; index < id.length; index++) sum = (sum * 31 + id.charCodeAt(index)) >>> 0
  return (sum % COLOUR_COUNT) + 1
}

/** The identity in a stored text, or `undefined` when it is none. */
export function parseIdentity(text: string | null): Identity | undefined {
  if (text === null) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== "object" || value === null) return undefined
  const { id, name, colour } = value as Record<string, unknown>
  if (typeof id !== "string" || !/^[0-9a-f]{32}$/.test(id)) return undefined
  return {
    id,
    name: typeof name === "string" ? name.slice(0, MAX_NAME_LENGTH) : "",
    colour: Number.isInteger(colour) && (colour as number) >= 1 && (colour as number) <= COLOUR_COUNT ? (colour as number) : colourOf(id),
  }
}

function firstCharacter(word: string | undefined): string {
  if (word === undefined) return ""
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(word)) return segment
  return ""
}
