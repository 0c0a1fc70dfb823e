import { randomBytes } from "@polylogue/replica/node"
import { openRelay, type RelayEvent, type Relay } from "@polylogue/relay"
import { DEFAULT_LIMITS } from "@polylogue/protocol"
import { reasonOf } from "./command-error.ts"
import type { Journal } from "./journal.ts"
import { type RunningServer, startServer } from "./server.ts"
import { HEALTH, readiness } from "./status-endpoints.ts"
import { openStore } from "./store.ts"
import { systemClock } from "./system.ts"
import type { WebApp } from "./web-app.ts"
import { WorkerCompactor } from "./worker-compactor.ts"

/** Milliseconds for commits under way when the relay is stopped. */
const DRAIN_MS = 10_000

/** A relay with its store, its worker and its server. */
export interface RelayNodeOptions {
  /** The data folder; made when it is missing. */
  readonly data: string
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  readonly webApp?: WebApp | undefined
  readonly journal: Journal
}

/** A running relay node. */
export interface RelayNode {
  /** Where it answers over HTTP. */
  readonly url: string
  /** Finishes commits under way, tells sessions to go elsewhere, and releases port and store. Idempotent. */
  close(): Promise<void>
}

/**
 * Opens the store, starts the relay and listens; what was acquired is released when a later step fails.
 * @throws CommandError `failure` when store or address are not to be had.
 */
export async function openRelayNode({ data, host, port, webApp, journal }: RelayNodeOptions): Promise<RelayNode> {
  const log = await openStore(data, { create: true })
  const compactor = new WorkerCompactor()
  let relay: Relay | undefined
  try {
    const running = await openRelay({
      log,
      clock: systemClock,
      randomBytes,
      compactor,
      events: (event) => report(journal, event),
    })
    relay = running
    const server = await startServer({
      relay,
      host,
      port,
      maxMessageBytes: DEFAULT_LIMITS.maxFrameBytes,
      maxYjsMessageBytes: DEFAULT_LIMITS.maxRowBytes,
      endpoints: [
        HEALTH, //
        readiness(running),
      ],
      webApp,
      journal,
    })
    return closeOnce({ server, relay: running, compactor })
  } catch (error) {
    // The relay owns the store from when it opened; before that the store is ours to close. Closing twice is allowed.
    await relay?.close()
    await log.close()
    await compactor.close()
    throw error
  }
}

function closeOnce({ server, relay, compactor }: { server: RunningServer; relay: Relay; compactor: WorkerCompactor }): RelayNode {
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await Promise.race([relay.drain(), deadline()])
    await server.close()
    await relay.close()
    await compactor.close()
  }
  return {
    url: server.url,
    close: () => (closing ??= close()),
  }
}

/** A store that fails would keep the relay draining; what it could not write was never acknowledged. */
function deadline(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())
}

/** One line a relay event; errors by their text, never with what they are about. */
function report(journal: Journal, { type, ...fields }: RelayEvent): void {
  const plain = Object.entries(fields).map(([name, value]) => [name, name === "error" ? reasonOf(value) : value] as const)
  journal(type, Object.fromEntries(plain) as Record<string, string | number>)
}
