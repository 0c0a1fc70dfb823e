import { existsSync } from "node:fs"
import { hostname } from "node:os"
import { type LinkOptions, openRelay, type Relay } from "@polylogue/relay"
import { randomBytes } from "@polylogue/replica/node"
import { type AccessPolicy, LOOPBACK_ONLY } from "./access.ts"
import { Authority, type AuthorityFiles } from "./authority.ts"
import { backupEndpoint } from "./backup-endpoint.ts"
import { Blobs } from "./blobs.ts"
import { documentEndpoint } from "./document-endpoint.ts"
import { Door } from "./door.ts"
import { fleetEndpoint } from "./fleet-endpoint.ts"
import { watchFleet } from "./fleet-metrics.ts"
import type { Journal } from "./journal.ts"
import type { LinkSettings } from "./link-settings.ts"
import { Metrics } from "./metrics.ts"
import { type NodeLimits, type ProgramLimits, readLimits } from "./node-limits.ts"
import { Peers } from "./peers.ts"
import { type AnswersBeside, responderBeside } from "./responder-beside.ts"
import type { ResponderThread } from "./responder-thread.ts"
import { programVersion } from "./program-version.ts"
import { Prompts } from "./prompts.ts"
import { journalRelayEvent } from "./relay-journal.ts"
import { relayUrlsEndpoint } from "./relay-urls-endpoint.ts"
import { type RunningServer, startServer } from "./server.ts"
import { HEALTH, type Readiness, readinessEndpoint } from "./status-endpoints.ts"
import { statusEndpoint, statusPage } from "./status-page.ts"
import { openStore } from "./store.ts"
import { dialWith, systemClock } from "./system.ts"
import type { WebApp } from "./web-app.ts"
import { WorkerCompactor } from "./worker-compactor.ts"

/** Largest WebSocket message taken from a relay that was dialled, in bytes: it sends by its own `maxFrameBytes`, which this relay does not know. */
const MAX_LINK_MESSAGE_BYTES = 16 * 1024 * 1024

/** A relay with its store, its worker and its server. */
export interface RelayNodeOptions {
  /** The data folder; made when it is missing. */
  readonly data: string
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** Where keys and revocations are, when tokens are asked for; absent: everybody who reaches the relay may do everything. */
  readonly authority?: AuthorityFiles | undefined
  /** Default: loopback names, and the relay's own pages. */
  readonly policy?: AccessPolicy
  /** What it is among others. Default: it stands alone, and takes no relay in. */
  readonly links?: LinkSettings
  /** Addresses under which browsers find other relays. Default none. */
  readonly relayUrls?: readonly string[]
  readonly limits?: NodeLimits
  readonly webApp?: WebApp | undefined
  /** What a responder beside it answers with; absent: there is none. */
  readonly answers?: AnswersBeside | undefined
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
 * Listens, opens the store and starts the relay; what was acquired is released when a later step fails. The address comes first, and what can be
 * checked without it before that: a start that is refused leaves the folder as it is.
 * @throws CommandError `failure` when store, keys or address are not to be had.
 */
export async function openRelayNode(options: RelayNodeOptions): Promise<RelayNode> {
  const { host, port, journal, limits = readLimits(undefined) } = options
  if (options.authority !== undefined && existsSync(options.authority.keys)) Authority.open(options.authority, { create: false, journal })
  const maxMessageBytes = { sync: limits.relay.maxFrameBytes, yjs: limits.relay.maxRowBytes }
  const server = await startServer({ host, port, limits: limits.program, maxMessageBytes })
  try {
    return await serveRelay(server, { ...options, limits })
  } catch (error) {
    await server.close(0)
    throw error
  }
}

async function serveRelay(server: RunningServer, options: RelayNodeOptions & { readonly limits: NodeLimits }): Promise<RelayNode> {
  const { data, authority: files, policy = LOOPBACK_ONLY, links, relayUrls = [], limits, webApp, answers, journal: given } = options
  const log = await openStore(data, { create: true })
  const compactor = new WorkerCompactor()
  const metrics = new Metrics()
  const journal = metrics.counting(given)
  let relay: Relay | undefined
  let blobs: Blobs | undefined
  let authority: Authority | undefined
  let prompts: Prompts | undefined
  let peers: Peers | undefined
  try {
    peers = links === undefined ? undefined : new Peers(data, links, journal)
    authority = files === undefined ? undefined : Authority.open(files, { create: true, journal })
    const door = new Door(policy, authority, limits.program)
    const attachments = new Blobs({ data, log, limits: limits.blobs, journal })
    blobs = attachments
    const running = await openRelay({
      log,
      clock: systemClock,
      randomBytes,
      compactor,
      limits: limits.relay,
      blobs: attachments.store,
      ...(links === undefined ? {} : { links: { ...linkOptions(links, peers!, server.url), blobs: attachments.holder } }),
      ...(authority === undefined ? {} : { authenticate: ({ token }) => door.authenticate(token) }),
      events: (event) => {
        metrics.observe(event)
        journalRelayEvent(journal, event)
      },
    })
    relay = running
    attachments.link(running.blobs, () => reachesAll(running))
    peers?.watch((now) => running.setPeers(now))
    authority?.watch((isRevoked) => running.revoke(isRevoked))
    metrics.watch(running)
    watchFleet(metrics, () => running.fleet())
    measure(metrics, door, attachments)
    prompts = new Prompts({ log, registers: running.registers, documents: running.documents, clock: systemClock, journal })
    const state = { draining: false }
    const endpoints = [
      HEALTH, //
      readinessEndpoint(() => readinessOf(running, state)),
      metrics.endpoint(),
      statusPage(),
      statusEndpoint(
        () => running.fleet(),
        () => readinessOf(running, state),
      ),
      attachments.endpoint,
      prompts.endpoint,
      relayUrlsEndpoint(relayUrls),
      documentEndpoint(running.documents, journal),
      fleetEndpoint(running),
      backupEndpoint({ data, log, journal, stallMs: limits.program.backupStallMs }),
    ]
    server.serve({ door, relay, journal, webApp, endpoints })
    const responder = answers && responderBeside(answers, { url: server.url, authority, metrics, journal })
    return closeOnce({ server, responder, relay, blobs: attachments, prompts, authority, peers, compactor, state, limits: limits.program })
  } catch (error) {
    authority?.close()
    peers?.close()
    // The relay owns the store from when it opened; before that the store is ours to close. Closing twice is allowed.
    await blobs?.close()
    await relay?.close()
    await prompts?.close()
    await log.close()
    await compactor.close()
    throw error
  }
}

/** Whether links lead to every relay that is dialled and every one that is known: of those that dial this one there is no link left to look at once it is cut. */
function reachesAll(relay: Relay): boolean {
  return relay.links().every(({ state }) => state.startsWith("linked")) && relay.fleet().relays.every(({ reached }) => reached)
}

function measure(metrics: Metrics, door: Door, { store }: Blobs): void {
  const usage = async (what: "bytes" | "blobs"): Promise<number> => (await store.usage())[what]
  metrics.measure({ name: "sockets_unauthenticated", help: "Sockets that have still to show a token.", read: () => door.waiting })
  metrics.measure({ name: "blob_bytes", help: "Bytes of all blobs.", read: () => usage("bytes") })
  metrics.measure({ name: "blobs", help: "Number of all blobs.", read: () => usage("blobs") })
}

function linkOptions({ name, mirror, authority, authorityByDefault, replicas }: LinkSettings, peers: Peers, url: string): LinkOptions {
  return {
    name: name ?? defaultName(url),
    program: `polylogue ${programVersion()}`,
    peers: peers.all,
    dial: dialWith(MAX_LINK_MESSAGE_BYTES),
    mirror,
    ...(authority === undefined ? {} : { authority }),
    ...(authorityByDefault === undefined ? {} : { authorityByDefault }),
    replicas,
  }
}

/** Host and port; of a long host name its beginning. */
function defaultName(url: string): string {
  const port = new URL(url).port
  return `${hostname().slice(0, 64 - ":65535".length)}:${port}`
}

function readinessOf(relay: Relay, { draining }: { readonly draining: boolean }): Readiness {
  if (draining) return "draining"
  return relay.ready ? "ready" : "store-failing"
}

interface Closing {
  readonly server: RunningServer
  readonly responder: ResponderThread | undefined
  readonly relay: Relay
  readonly blobs: Blobs
  readonly prompts: Prompts
  readonly authority: Authority | undefined
  readonly peers: Peers | undefined
  readonly compactor: WorkerCompactor
  readonly state: { draining: boolean }
  readonly limits: ProgramLimits
}

function closeOnce({ server, responder, relay, blobs, prompts, authority, peers, compactor, state, limits }: Closing): RelayNode {
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    // First of all: who sends devices here must stop before they are told to leave.
    state.draining = true
    // While its words can still be stored; others go on with what it was writing.
    await responder?.close(limits.drainMs)
    if (limits.drainNoticeMs > 0) await deadline(limits.drainNoticeMs)
    // A store that fails would keep the relay draining; what it could not write was never acknowledged.
    await Promise.race([relay.drain(), deadline(limits.drainMs)])
    authority?.close()
    peers?.close()
    await server.close(limits.goodbyeMs)
    await blobs.close()
    await prompts.close()
    await relay.close()
    await compactor.close()
  }
  return {
    url: server.url,
    close: () => (closing ??= close()),
  }
}

function deadline(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs).unref())
}
