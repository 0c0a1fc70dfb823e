import type { Clock, Dial } from "@polylogue/protocol"
import { systemClock as timerClock } from "@polylogue/replica/node"
import { WebSocket } from "ws"
import { socketOf } from "./web-socket.ts"

/** The machine's clock. A delay of 0 means: after the events that are there now were handled, which is where a relay's tick ends. */
export const systemClock: Clock = Object.freeze({
  ...timerClock,
  setTimer(action: () => void, delayMs: number) {
    if (delayMs > 0) return timerClock.setTimer(action, delayMs)
    const immediate = setImmediate(action)
    return () => clearImmediate(immediate)
  },
})

/** Dials with `ws`; messages above `maxMessageBytes` end the connection before they are read whole. */
export function dialWith(maxMessageBytes: number): Dial {
  return (url, protocols) =>
    socketOf(new WebSocket(url, [...protocols], { maxPayload: maxMessageBytes, perMessageDeflate: false, handshakeTimeout: 10_000 }))
}
