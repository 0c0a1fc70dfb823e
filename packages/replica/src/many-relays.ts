import { LookingBack } from "./looking-back.ts"
import { RelayChoice } from "./relay-choice.ts"
import type { LookingHost, RelayLooking, RelayOrder } from "./relay-order.ts"

/** What a device with several relays needs: a choice among them, and what looks after the better ones. */
export function manyRelays(urls: readonly string[], host: LookingHost): { readonly order: RelayOrder; readonly looking: RelayLooking } {
  const order = new RelayChoice(urls)
  return { order, looking: new LookingBack(host, order) }
}
