import type { LinkPeer } from "@polylogue/relay"
import { isLoopback } from "./access.ts"
import { CommandError, fileReasonOf, reasonOf } from "./command-error.ts"
import type { Journal } from "./journal.ts"
import type { LinkSettings } from "./link-settings.ts"
import { MAX_PEERS, parsePeers, peersFile } from "./peers-file.ts"
import { NO_PEER_TOKENS, parsePeerTokens, type PeerTokens, tokenFor } from "./peer-tokens.ts"
import { systemClock } from "./system.ts"
import { WatchedFile } from "./watched-file.ts"

/** Milliseconds between two looks at the files that name peers and tokens. */
const LOOK_MS = 1_000

/** The relays that this one dials: those it was called with, and those that its data folder names, which may change while it runs. */
export class Peers {
  readonly #settings: LinkSettings
  readonly #listed: WatchedFile<readonly string[]>
  readonly #tokens: WatchedFile<PeerTokens> | undefined
  readonly #journal: Journal
  #timer: NodeJS.Timeout | undefined

  /** @throws CommandError `failure` when a file cannot be read, or holds what it should not. */
  constructor(data: string, settings: LinkSettings, journal: Journal) {
    this.#settings = settings
    this.#journal = journal
    this.#listed = this.#watched(peersFile(data), parsePeers, [])
    this.#tokens = settings.tokenFile === undefined ? undefined : this.#watched(settings.tokenFile, parsePeerTokens)
  }

  /** Each once; of more than {@link MAX_PEERS} the first, those it was called with before the others. */
  get all(): readonly LinkPeer[] {
    const { token } = this.#settings
    const tokens = this.#tokens?.value ?? { ...NO_PEER_TOKENS, common: token }
    return this.#named.slice(0, MAX_PEERS).map((url) => {
      const shown = tokenFor(tokens, url)
      return shown === undefined ? { url } : { url, token: shown }
    })
  }

  /** Addresses, each once; there may be more than are dialled. */
  get #named(): readonly string[] {
    const { alone = false, urls } = this.#settings
    return alone ? [] : [...new Set([...urls, ...this.#listed.value])]
  }

  /** Calls `changed` when relays or their tokens have; says in the journal what is unwise. Until `close`; called once. */
  watch(changed: (peers: readonly LinkPeer[]) => void): void {
    let seen = this.all
    this.#warn(seen, [])
    this.#timer = setInterval(() => {
      const now = this.all
      if (JSON.stringify(now) === JSON.stringify(seen)) return
      this.#journal("peers-changed", { peers: now.length })
      this.#warn(now, seen)
      seen = now
      changed(now)
    }, LOOK_MS)
    this.#timer.unref()
  }

  /** Watches no more. Idempotent. */
  close(): void {
    clearInterval(this.#timer)
  }

  /** A token for a relay reads everything, and whoever is on the way sees one that is not encrypted. Who is not dialled is not linked. */
  #warn(peers: readonly LinkPeer[], before: readonly LinkPeer[]): void {
    const left = this.#named.length - peers.length
    if (left > 0)
      this.#journal("peers-too-many", { peers: peers.length, left, advice: "remove some: the last of the file are not dialled" }, "warning")
    for (const { url, token } of peers) {
      const { protocol, hostname, host } = new URL(url)
      if (token === undefined || protocol !== "ws:" || isLoopback(hostname) || before.some((peer) => peer.url === url)) continue
      this.#journal("peer-not-encrypted", { peer: host, advice: "use wss:// beyond networks that are private" }, "warning")
    }
  }

  #watched<T>(path: string, parse: (text: string) => T, missing?: T): WatchedFile<T> {
    const failed = (error: unknown): void => this.#journal("peers-file-failed", { file: path, error: reasonOf(error) }, "error")
    try {
      return new WatchedFile({
        path,
        parse,
        failed,
        monotonic: () => systemClock.monotonic(),
        ...(missing === undefined ? {} : { missing }),
      })
    } catch (error) {
      throw new CommandError("failure", `${path} cannot be used: ${fileReasonOf(error)}. Nothing was changed.`, { cause: error })
    }
  }
}
