import { isDocumentId, isWithin } from "@polylogue/protocol"
import type { Permission } from "@polylogue/relay"

/*
 * A grant reaches the document or folder named by its path and all below it, by whole segments: `home` reaches `home/conv/1`, not `homework`.
 *
 *   role        may
 *   viewer      read
 *   annotator   read, and write below `<ws>/anno`
 *   editor      read and write
 *   owner       read, write and erase
 *
 * Of several grants that reach a document the one that allows most counts: a narrower one only adds. If it could take away, what a token allows would
 * depend on grants that its reader does not see, and a grant that was left out would open something. What a member must not see stands in a
 * place of its own: another workspace, or below `<ws>/blind`. `u/<user>` belongs to that user. The path `*`, as owner, is the operator's: everything.
 *
 * Below `<ws>/blind` a grant opens the document that it names and nothing else: not what is below it, and none opens what stands below the grant's path. Besides,
 * `<ws>/blind/<round>/<user>` is open to that user as the round's document `<ws>/anno/<round>` is, if they may write that: who judges in a round has a
 * place of their own in it without anybody granting it.
 */

/** What each role may do; `annotator` more in places of its own. */
const ROLES = Object.freeze({ viewer: "read", annotator: "read", editor: "write", owner: "erase" } as const satisfies Record<
  string,
  Permission
>)

/** What a grant allows, from least to most. */
export type Role = keyof typeof ROLES

/** The names of the roles, from least to most. */
export const ROLE_NAMES = Object.freeze(Object.keys(ROLES) as Role[])

/** A role at a path and all below it. */
export interface Grant {
  /** A document id, the first segments of some, or `*` for everything. */
  readonly path: string
  readonly role: Role
}

/** The path of the operator's grant. */
export const EVERYTHING = "*"

/** First segment of the documents that belong to one user each. */
const USERS = "u"
/** Second segment of documents that hide from all but who is named in them, or in a grant of their own. */
const BLIND = "blind"
/** Segments of a hidden document's id: `<ws>/blind/<round>/<annotator>`. */
const HIDDEN_DEPTH = 4
/** Segments of a round's id: `<ws>/anno/<round>`. */
const ROUND_DEPTH = 3
/** Second segment of documents that annotators write. */
const ANNOTATIONS = "anno"

const ORDER: readonly Permission[] = ["none", "read", "write", "erase"]

/** The one of two permissions that allows more. */
function more(one: Permission, other: Permission): Permission {
  return ORDER.indexOf(one) >= ORDER.indexOf(other) ? one : other
}

/** Whether `user` may be the name of a user: one segment of a document id, for `u/<user>` is theirs. */
export function isUserName(user: string): boolean {
  return !user.includes("/") && isDocumentId(user)
}

/** First segment of the names under which relays hold tokens: no user has such a name, for a user's is one segment. */
const RELAYS = "relay"

/** The name under which the relay `name` holds a token. */
export function relayHolder(name: string): string {
  return `${RELAYS}/${name}`
}

/** Whether `holder` is the name under which a relay holds a token. */
export function isRelayHolder(holder: string): boolean {
  const [first, name, ...rest] = holder.split("/")
  return first === RELAYS && name !== undefined && rest.length === 0 && isUserName(name)
}

/** Whether a token may be of `holder`: a user, or a relay. */
export function isHolder(holder: string): boolean {
  return isUserName(holder) || isRelayHolder(holder)
}

/** What is wrong with a grant, or nothing. A grant at `u` alone would open what belongs to every user, so there is none. */
export function problemOfGrant({ path, role }: Grant): string | undefined {
  if (!ROLE_NAMES.includes(role)) return `the role is one of ${ROLE_NAMES.join(", ")}`
  if (path === EVERYTHING) return role === "owner" ? undefined : `${EVERYTHING} is granted to owners only`
  if (!isDocumentId(path)) return "the path is no document id, nor the beginning of one"
  return path === USERS ? "the documents of all users are granted to nobody" : undefined
}

/** Whether a grant is at a folder of hidden documents, of which it opens none: whoever gives it means something else. */
export function isAtHiddenFolder({ path }: Grant): boolean {
  return placeOf(path) === BLIND && path.split("/").length < HIDDEN_DEPTH
}

/** Whether `grants` hold the operator's. */
export function isOperator(grants: readonly Grant[]): boolean {
  return grants.some(({ path, role }) => path === EVERYTHING && role === "owner")
}

/** What `user` may do with a document. Looks at nothing but names. */
export function permissionOf(user: string, grants: readonly Grant[], documentId: string): Permission {
  if (!isDocumentId(documentId)) return "none"
  if (isOperator(grants) || isWithin(documentId, `${USERS}/${user}`)) return "erase"
  return grants.reduce<Permission>((best, grant) => more(best, permissionBy(user, grant, documentId)), "none")
}

/** Whether `user` may read anything below `prefix`, if there is something. Looks at nothing but names. */
export function mayReachInto(user: string, grants: readonly Grant[], prefix: string): boolean {
  if (isOperator(grants) || meets(`${USERS}/${user}`, prefix)) return true
  const hidden = placeOf(prefix) === BLIND
  return grants.some((grant) => (hidden ? reachesIntoHidden(user, grant, prefix) : meets(grant.path, prefix)))
}

/** Whether a grant opens anything below a prefix of hidden documents. */
function reachesIntoHidden(user: string, { path, role }: Grant, prefix: string): boolean {
  if (isWithin(path, prefix)) return true
  const [workspace, , round, annotator, ...rest] = prefix.split("/")
  if (rest.length > 0 || (annotator !== undefined && annotator !== user)) return false
  const annotations = `${workspace}/${ANNOTATIONS}`
  if (!mayWrite(annotatingBy(role))) return false
  if (round !== undefined) return isWithin(`${annotations}/${round}`, path)
  return isWithin(annotations, path) || (isWithin(path, annotations) && path.split("/").length === ROUND_DEPTH)
}

/** Whether one of the two is the other, or below it. */
function meets(one: string, other: string): boolean {
  return isWithin(other, one) || isWithin(one, other)
}

function permissionBy(user: string, { path, role }: Grant, documentId: string): Permission {
  if (placeOf(documentId) === BLIND) return permissionForHidden(user, { path, role }, documentId)
  if (!isWithin(documentId, path)) return "none"
  return placeOf(documentId) === ANNOTATIONS ? annotatingBy(role) : ROLES[role]
}

function permissionForHidden(user: string, { path, role }: Grant, documentId: string): Permission {
  if (path === documentId) return annotatingBy(role)
  const [workspace, , round, annotator, ...rest] = documentId.split("/")
  if (annotator !== user || rest.length > 0 || !isWithin(`${workspace}/${ANNOTATIONS}/${round}`, path)) return "none"
  return mayWrite(annotatingBy(role)) ? annotatingBy(role) : "none"
}

/** What a role may do where people annotate. */
function annotatingBy(role: Role): Permission {
  return role === "annotator" ? "write" : ROLES[role]
}

function mayWrite(permission: Permission): boolean {
  return permission === "write" || permission === "erase"
}

/** Second segment of a path: what kind of documents stand there. */
function placeOf(path: string): string | undefined {
  return path.split("/", 2)[1]
}

/**
 * What a user may do with the blobs of a workspace. Whoever has a grant in it, at whatever depth, may read: blobs are asked for by the hash of their
 * bytes, which stands in the documents alone, and who was invited to one conversation needs what is attached there. Whoever may write something in the workspace
 * may upload. Nothing is erased by name over HTTP: that goes with the erasure of a document, and takes the permission to erase there. The place of users has no blobs: they would be shared by all.
 */
export function blobPermissionOf(grants: readonly Grant[], workspace: string): Permission {
  if (isOperator(grants)) return isUserName(workspace) ? "erase" : "none"
  if (workspace === USERS || !isUserName(workspace)) return "none"
  return grants.reduce<Permission>((best, { path, role }) => {
    if (!isWithin(path, workspace)) return best
    return more(best, mostBlobs(workspace, path, role))
  }, "none")
}

function mostBlobs(workspace: string, path: string, role: Role): Permission {
  if (role === "owner") return path === workspace ? "erase" : "write"
  if (role === "editor") return "write"
  const writes = path === workspace || isWithin(path, `${workspace}/${ANNOTATIONS}`) || isWithin(path, `${workspace}/${BLIND}`)
  return role === "annotator" && writes ? "write" : "read"
}
