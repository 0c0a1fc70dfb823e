import { CommandError } from "./command-error.ts"
import { type Call, MIRROR_NOTHING } from "./flags.ts"
import { EVERYTHING } from "./grants.ts"
import { MAX_PEERS, readPeers } from "./peers-file.ts"
import { isTokenText } from "./peer-tokens.ts"
import { syncUrl } from "./relay-address.ts"

/** What a relay is called with of the others. */
export interface LinkSettings {
  /** How it is called; absent: by host and port. */
  readonly name: string | undefined
  /** Addresses that it dials, whatever its data folder says besides. */
  readonly urls: readonly string[]
  /** Prefixes of the documents that it holds whoever uses them; `""` for all. */
  readonly mirror: readonly string[]
  /** Absent: what the relay was when it was linked last counts, and for one that never was {@link authorityByDefault}. */
  readonly authority: boolean | undefined
  /** Default: whether it dials nobody when it starts. */
  readonly authorityByDefault?: boolean
  readonly replicas: number
  /** Whether it dials nobody, whatever its data folder says. */
  readonly alone?: boolean
  /** The token for its peers, or the file that has it; at most one of the two. */
  readonly token: string | undefined
  readonly tokenFile: string | undefined
}

/** Characters of a relay's name. */
const MAX_NAME_LENGTH = 64

/** @throws CommandError `usage` for what does not fit. */
export function linkSettings(call: Call): LinkSettings {
  const urls = [...new Set(call.list("peer").map(syncUrl))]
  if (urls.length > MAX_PEERS)
    throw new CommandError("usage", `--peer names ${urls.length} relays, and a relay dials at most ${MAX_PEERS}.`)
  const [token, tokenFile] = [call.flag("peer-token"), call.flag("peer-token-file")]
  if (token !== undefined && tokenFile !== undefined)
    throw new CommandError("usage", "Give the token for peers once: leave out --peer-token or --peer-token-file.")
  if (token !== undefined && !isTokenText(token)) throw new CommandError("usage", "--peer-token is no token.")
  const authority = call.flag("authority")
  return {
    name: nameOf(call),
    urls,
    mirror: mirrorOf(call.list("mirror")),
    authority: authority === undefined ? undefined : authority === "true",
    replicas: Number(call.flag("replicas")),
    token,
    tokenFile,
  }
}

/**
 * What a relay is that a command starts on a folder for itself: it reaches nobody. Registers are set there when it was their authority. One that was never linked, and
 * whose folder names peers, is not: what it set would count for nobody.
 * @throws CommandError `failure` when that file cannot be read
 */
export function settingsAlone(data: string): LinkSettings {
  const none = { name: undefined, urls: [], mirror: [], authority: undefined, replicas: 1, token: undefined, tokenFile: undefined }
  return { ...none, alone: true, authorityByDefault: readPeers(data).urls.length === 0 }
}

function nameOf(call: Call): string | undefined {
  const name = call.flag("name")
  if (name !== undefined && !(name.trim() === name && name !== "" && name.length <= MAX_NAME_LENGTH && !/\p{C}/u.test(name)))
    throw new CommandError("usage", `--name of a relay has 1 to ${MAX_NAME_LENGTH} characters, none of them invisible.`)
  return name
}

function mirrorOf(names: readonly string[]): readonly string[] {
  if (names.length === 0) throw new CommandError("usage", `--mirror names workspaces, or is ${EVERYTHING} or ${MIRROR_NOTHING}.`)
  const alone = names.find((name) => name === EVERYTHING || name === MIRROR_NOTHING)
  if (alone !== undefined && names.length > 1)
    throw new CommandError("usage", `--mirror ${alone} stands alone: leave it out, or the other names.`)
  if (alone !== undefined) return alone === EVERYTHING ? [""] : []
  return [...new Set(names)]
}
