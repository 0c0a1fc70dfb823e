import { MAX_MODELS, type ModelCard, readResponderCard } from "@polylogue/conversation"
import { useMemo } from "react"
import { readStored, useStored, writeStored } from "../device/stored-value.ts"
import { useNow } from "../frame/now.ts"

const KEY = "polylogue.offers"
/** How long a device counts on responders that have ended, in ms: they may be started again any moment, or never. */
const OFFERS_KEPT_MS = 24 * 60 * 60 * 1000
/** How often that they still run is noted, in ms. */
const NOTED_EVERY_MS = 10 * 60 * 1000
const NONE: readonly ModelCard[] = Object.freeze([])

/** What stands in the settings of the device. */
interface Noted {
  readonly offers: readonly ModelCard[]
  /** In ms since 1970 by this device. */
  readonly at: number
}

/** Notes what is offered now, for a time when nobody runs. */
export function rememberOffers(offers: readonly ModelCard[]): void {
  const kept = offers.slice(0, MAX_MODELS)
  const known = parseOffers(readStored(KEY))
  const age = Date.now() - known.at
  if (age >= 0 && age < NOTED_EVERY_MS && JSON.stringify(known.offers) === JSON.stringify(kept)) return
  writeStored(KEY, JSON.stringify({ offers: kept, at: Date.now() }))
}

/** What was offered within a day; the same array as long as that is the same. */
export function useRememberedOffers(): readonly ModelCard[] {
  const text = useStored(KEY)
  const now = useNow()
  const { offers, at } = useMemo(() => parseOffers(text), [text])
  return now - at < OFFERS_KEPT_MS ? offers : NONE
}

/** What a stored text says, checked as what responders say of themselves is. */
export function parseOffers(text: string | null): Noted {
  let value: unknown
  try {
    value = JSON.parse(text ?? "null")
  } catch {
    value = null
  }
  const { offers, at } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>
  const card = readResponderCard({ value: JSON.stringify({ id: "", models: offers }) })
  return { offers: card?.models ?? NONE, at: typeof at === "number" ? at : 0 }
}
