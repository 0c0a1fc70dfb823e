import { randomFillSync } from "node:crypto"
import type { Clock, Dial, RandomBytes } from "@polylogue/protocol"
import { WebSocket } from "ws"
import { socketOf } from "./web-socket.ts"

/** The machine's clock. A delay of 0 means: after the events that are there now were handled. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(action: () => void, delayMs: number) {
    if (delayMs === 0) {
      const immediate = setImmediate(action)
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(action, delayMs)
    return () => clearTimeout(timer)
  },
})

/** Cryptographic randomness. */
export const systemRandom: RandomBytes = (length) => randomFillSync(new Uint8Array(length))

/** Dials with `ws`; messages above `maxMessageBytes` end the connection before they are read whole. */
export function dialWith(maxMessageBytes: number): Dial {
  return (url, protocol) =>
    socketOf(new WebSocket(url, protocol, { maxPayload: maxMessageBytes, perMessageDeflate: false, handshakeTimeout: 10_000 }))
}
