import { existsSync, readFileSync } from "node:fs"
import { authorityFiles, readKeys } from "./authority.ts"
import { CommandError, fileReasonOf, reasonOf } from "./command-error.ts"
import { writeDurably } from "./durable-file.ts"
import { durationMs } from "./flag-values.ts"
import type { Call } from "./flags.ts"
import { EVERYTHING, type Grant, isAtHiddenFolder, isUserName, problemOfGrant, relayHolder, type Role } from "./grants.ts"
import { withFreshKey } from "./key-ring.ts"
import { parseRevocations, revocationLine } from "./revocations.ts"
import { systemClock } from "./system.ts"
import { signToken } from "./token.ts"

/**
 * `polylogue token`: prints a token on standard output, and who it is for on standard error. With `--revoke` or `--revoke-user` it takes some
 * back instead. Touches the key file and the list of revocations alone, so the relay may be running.
 * @throws CommandError
 */
export async function token(call: Call): Promise<number> {
  const files = authorityFiles(call.flag("data")!, call.flag("auth-key-file"))
  const revoked = [call.flag("revoke"), call.flag("revoke-user")].some((name) => name !== undefined)
  if (revoked) {
    if (call.flag("user") !== undefined || call.on("relay")) throw new CommandError("usage", "Revoke tokens and make one in two calls.")
    revoke(files.revoked, call)
    return 0
  }
  const holder = holderOf(call)
  const { ring, text } = readKeys(files.keys)
  if (call.on("rotate")) {
    write(files.keys, withFreshKey(text))
    console.error(`${files.keys} has a fresh key. Tokens of the older ones count until these are taken out of it.`)
    if (holder === undefined) return 0
  }
  if (holder === undefined) throw new CommandError("usage", "Name the user with --user, or a relay with --relay and --name.")
  await issue(call, call.on("rotate") ? readKeys(files.keys).ring : ring, holder)
  return 0
}

/** Who the token is for: a user, or a relay; nobody when neither was named. */
function holderOf(call: Call): string | undefined {
  const user = call.flag("user")
  if (!call.on("relay")) return user
  if (user !== undefined) throw new CommandError("usage", "A token is for a user or for a relay: leave out --user or --relay.")
  if (call.on("operator") || call.flag("role") !== undefined || call.list("document").length > 0)
    throw new CommandError("usage", "A relay has no role: leave out --relay, or --operator, --role and --document.")
  const name = call.flag("name")
  if (name === undefined) throw new CommandError("usage", "Name the relay with --name.")
  if (!isUserName(name)) throw new CommandError("usage", "--name of a relay has 1 to 128 letters, digits, or . _ ~ -.")
  return relayHolder(name)
}

async function issue(call: Call, ring: Parameters<typeof signToken>[0], user: string): Promise<void> {
  const relay = call.on("relay")
  const grants = relay ? [] : grantsOf(call)
  const issuedAt = systemClock.now()
  const expiresAt = issuedAt + durationMs(call.flag("ttl")!)!
  try {
    const made = await signToken(ring, { user, relay, grants, issuedAt, expiresAt })
    console.log(made.token)
    const allowed = relay ? "links, and reading everything over them" : grants.map(({ path, role }) => `${role} of ${path}`).join(", ")
    console.error(`for ${user}: ${allowed}; until ${new Date(expiresAt).toISOString()}; id ${made.id}`)
    if (!relay) console.error(`sign in at ${pageOf(call)}/#token=${made.token}`)
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError("usage", `Too many documents: ${reasonOf(error)}.`, { cause: error })
    if (error instanceof TypeError) throw new CommandError("failure", `No token can be signed: ${reasonOf(error)}.`, { cause: error })
    throw error
  }
}

function grantsOf(call: Call): readonly Grant[] {
  const role = call.flag("role") as Role | undefined
  if (call.on("operator")) {
    // Whoever named a viewer would hand out a token that allows everything.
    if (role !== undefined || call.list("document").length > 0) {
      throw new CommandError("usage", "A token of an operator is for everything: leave out --operator, or --role and --document.")
    }
    return [{ path: EVERYTHING, role: "owner" }]
  }
  if (role === undefined) throw new CommandError("usage", "Name what the token allows with --role, or --operator.")
  const documents = call.list("document")
  const grants = (documents.length > 0 ? documents : call.list("workspace")).map((path) => ({ path, role }))
  for (const grant of grants) {
    const problem = problemOfGrant(grant)
    if (problem !== undefined) throw new CommandError("usage", `${grant.path} cannot be granted: ${problem}.`)
    if (isAtHiddenFolder(grant)) {
      const why =
        "who judges blind is shown to nobody by a grant at a folder; name one annotator's document, <workspace>/blind/<round>/<annotator>"
      throw new CommandError("usage", `${grant.path} cannot be granted: ${why}.`)
    }
  }
  return grants
}

/** Where people open the web app. */
function pageOf(call: Call): string {
  const publicUrl = call.flag("public-url")
  return publicUrl === undefined ? `http://${call.flag("host")}:${call.flag("port")}` : new URL(publicUrl).origin
}

function revoke(path: string, call: Call): void {
  const [id, user] = [call.flag("revoke"), call.flag("revoke-user")]
  const lines = [
    id === undefined ? "" : revocationLine({ token: id }),
    user === undefined ? "" : revocationLine({ user, now: systemClock.now() }),
  ]
  write(path, listed(path) + lines.join(""))
  const names = [id, user].filter((name) => name !== undefined).join(" and ")
  console.error(`revoked ${names}: a running relay takes it in within seconds, and ends the sessions.`)
}

/** What the list says already, checked: nothing is added to one that the relay cannot read. */
function listed(path: string): string {
  if (!existsSync(path)) return ""
  try {
    const text = readFileSync(path, "utf8")
    parseRevocations(text)
    return text === "" || text.endsWith("\n") ? text : `${text}\n`
  } catch (error) {
    throw new CommandError("failure", `${path} cannot be used: ${fileReasonOf(error)}. Nothing was changed.`, { cause: error })
  }
}

function write(path: string, text: string): void {
  try {
    writeDurably(path, text)
  } catch (error) {
    throw new CommandError("failure", `${path} cannot be written: ${fileReasonOf(error)}. Nothing was changed.`, { cause: error })
  }
}
