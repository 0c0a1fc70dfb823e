/**
 * What an end of a connection is given from outside. Replica and relay see no environment: with these three they run
 * in a browser, on Node, and in the simulation, which passes its own.
 */

/** Source of time and timers. */
export interface Clock {
  /** Milliseconds since 1970, as the device believes. May jump; used for display and stamps, never to measure a duration. */
  now(): number
  /** Milliseconds from an arbitrary start that never jump backwards: for durations. */
  monotonic(): number
  /** Calls `action` once after `delayMs` (0 or more); the returned function cancels it and may be called at any time. */
  setTimer(action: () => void, delayMs: number): () => void
}

/** What a {@link Socket} tells its owner. Called in order, never from inside a call to the socket. */
export interface SocketHandlers {
  /** The connection stands; sent at most once, and only to the end that dialled. */
  opened?(): void
  /** One whole binary message. The owner may keep `message`: the socket does not reuse its bytes. */
  message(message: Uint8Array): void
  /** `bufferedBytes` has fallen to 0 after a `send`. */
  drained?(): void
  /** The connection is over, for whatever reason; nothing follows. Code 1006 when no close frame was received. */
  closed(code: number, reason: string): void
}

/** A message-based, ordered, reliable connection: a WebSocket, or a simulated one. */
export interface Socket {
  /** Sets who is told; called once, before the owner yields to the event loop. */
  listen(handlers: SocketHandlers): void
  /** Queues one binary message; never throws, a closed socket drops it. The owner leaves `message` unchanged from here on. */
  send(message: Uint8Array): void
  /** Bytes queued and not yet handed to the network: what a bound on memory is checked against. */
  readonly bufferedBytes: number
  /**
   * Stops reading from the network, or goes on: what comes meanwhile waits at the other end. Messages that were read already may still be told. A
   * socket that cannot do that lacks it. Reads from the start.
   */
  setReading?(reading: boolean): void
  /** Starts closing; `closed` follows. Idempotent. `code` is 1000 or 3000-4999 or as in the table of codes. */
  close(code: number, reason: string): void
}

/** Dials `url`, offering the WebSocket subprotocols `protocols`; the returned socket reports `opened` or `closed`. Never throws. */
export type Dial = (url: string, protocols: readonly string[]) => Socket
