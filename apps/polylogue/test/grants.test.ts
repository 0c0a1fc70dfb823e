import { expect, test } from "vitest"
import {
  blobPermissionOf,
  type Grant,
  isAtHiddenFolder,
  isOperator,
  mayReachInto,
  permissionOf,
  problemOfGrant,
  type Role,
} from "../src/grants.ts"

const ROLES: readonly Role[] = ["viewer", "annotator", "editor", "owner"]

/** What each role may do, in the order of {@link ROLES}, with a document, by a grant at a path. */
const TABLE: readonly (readonly [path: string, document: string, permissions: string])[] = [
  ["home", "home", "read read write erase"],
  ["home", "home/index", "read read write erase"],
  ["home", "home/conv/1", "read read write erase"],
  ["home", "home/conv/1/s2", "read read write erase"],
  ["home", "home/anno/x", "read write write erase"],
  ["home", "home/anno", "read write write erase"],
  ["home", "home/annotations/x", "read read write erase"],
  ["home", "homework/conv/1", "none none none none"],
  ["home", "hom", "none none none none"],
  ["home", "Home/conv/1", "none none none none"],
  ["home", "other/home/conv/1", "none none none none"],
  ["home/conv", "home/conv/1", "read read write erase"],
  ["home/conv", "home/index", "none none none none"],
  ["home/conv", "home", "none none none none"],
  ["home/conv/1", "home/conv/1", "read read write erase"],
  ["home/conv/1", "home/conv/1/s2", "read read write erase"],
  ["home/conv/1", "home/conv/10", "none none none none"],
  ["home/anno/x", "home/anno/x", "read write write erase"],
  ["home/anno/x", "home/anno/y", "none none none none"],
  ["home/blind/s/ana", "home/conv/1", "none none none none"],
  ["home", "u/eve/home", "none none none none"],
  ["u/eve", "u/eve/home", "read read write erase"],
]

test.each(TABLE)("[PL9] a grant at %s for %s", (path, document, permissions) => {
  expect(ROLES.map((role) => permissionOf("ana", [{ path, role }], document)).join(" ")).toBe(permissions)
})

/** What each role may do for ana with a blind document, by a grant at a path. */
const BLIND: readonly (readonly [path: string, document: string, permissions: string])[] = [
  // Her own: as the round's document is to her, if she may write that.
  ["home", "home/blind/s/ana", "none write write erase"],
  ["home/anno", "home/blind/s/ana", "none write write erase"],
  ["home/anno/s", "home/blind/s/ana", "none write write erase"],
  ["home/anno/t", "home/blind/s/ana", "none none none none"],
  ["home/anno/s/x", "home/blind/s/ana", "none none none none"],
  ["home/conv", "home/blind/s/ana", "none none none none"],
  ["homework", "home/blind/s/ana", "none none none none"],
  // Another's: by no grant at the workspace, the round, or a folder of blind documents.
  ["home", "home/blind/s/eve", "none none none none"],
  ["home/anno", "home/blind/s/eve", "none none none none"],
  ["home/anno/s", "home/blind/s/eve", "none none none none"],
  ["home/blind", "home/blind/s/eve", "none none none none"],
  ["home/blind/s", "home/blind/s/eve", "none none none none"],
  ["home/blind/s/ana", "home/blind/s/eve", "none none none none"],
  ["home/blind/s/eve", "home/blind/s/eve", "read write write erase"],
  ["home/blind/s/eve", "home/blind/s/ana", "none none none none"],
  ["home/blind/s/eve", "home/blind/s/eve/x", "none none none none"],
  // What is no annotator's document in a round.
  ["home", "home/blind", "none none none none"],
  ["home", "home/blind/ana", "none none none none"],
  ["home", "home/blind/s/ana/x", "none none none none"],
  ["home", "home/blind/s/anabel", "none none none none"],
  ["home/blind", "home/blind/s/ana", "none none none none"],
]

test.each(BLIND)("[PL61] a grant at %s for %s", (path, document, permissions) => {
  expect(ROLES.map((role) => permissionOf("ana", [{ path, role }], document)).join(" ")).toBe(permissions)
})

test("[PL61] whoever may read nothing among the blind does not reach into it, and whoever may something does", () => {
  const paths = [...new Set(BLIND.flatMap(([path, document]) => [path, document]))]
  const prefixes = [...paths, "home/blind/s", "home/blind/t", "home/blind/t/ana"]
  for (const role of ROLES) {
    for (const path of paths) {
      for (const prefix of prefixes) {
        const grants: Grant[] = [{ path, role }]
        const made = ["s", "t", "ana"].flatMap((round) => ["ana", "eve"].map((user) => `home/blind/${round}/${user}`))
        const below = [...paths, ...made, `${prefix}/x`, `${path}/x`].filter(
          (document) => document === prefix || document.startsWith(`${prefix}/`),
        )
        const reads = below.some((document) => permissionOf("ana", grants, document) !== "none")
        expect([role, path, prefix, mayReachInto("ana", grants, prefix)]).toEqual([role, path, prefix, reads])
      }
    }
  }
})

test("[PL61] all grants of one user together open no other's blind document, the operator's does", () => {
  const grants = ["home", "home/anno", "home/anno/s", "home/blind", "home/blind/s"].map((path): Grant => ({ path, role: "owner" }))
  expect(permissionOf("ana", grants, "home/blind/s/eve")).toBe("none")
  expect(permissionOf("ana", grants, "home/blind/s/ana")).toBe("erase")
  expect(permissionOf("ana", [...grants, { path: "*", role: "owner" }], "home/blind/s/eve")).toBe("erase")
})

test("[PL9] whoever may read nothing below a prefix does not reach into it, and whoever may something does", () => {
  const paths = new Set(TABLE.flatMap(([path, document]) => [path, document]))
  for (const path of paths) {
    for (const prefix of paths) {
      const grants: Grant[] = [{ path, role: "viewer" }]
      const below = [...paths, `${prefix}/x`, `${path}/x`].filter((document) => document === prefix || document.startsWith(`${prefix}/`))
      const reads = below.some((document) => permissionOf("ana", grants, document) !== "none")
      expect([path, prefix, mayReachInto("ana", grants, prefix)]).toEqual([path, prefix, reads])
    }
  }
  expect(mayReachInto("ana", [], "u")).toBe(true)
  expect(mayReachInto("ana", [], "u/eve")).toBe(false)
  expect(mayReachInto("ana", [{ path: "*", role: "owner" }], "u/eve")).toBe(true)
})

test("[PL9] without a grant nothing is open but one's own, and what is no document id is never", () => {
  for (const document of ["home", "home/conv/1", "u", "u/eve/home", "u/an", "u/anabel/home"])
    expect(permissionOf("ana", [], document)).toBe("none")
  expect(permissionOf("ana", [], "u/ana/home")).toBe("erase")
  expect(permissionOf("ana", [], "u/ana")).toBe("erase")
  for (const document of ["", "home/", "home//x", "home/../u", "home/a b", "*"])
    expect(permissionOf("ana", [{ path: "home", role: "owner" }], document)).toBe("none")
})

test("[PL9] of several grants the one that allows most counts, in any order", () => {
  const grants: Grant[] = [
    { path: "home", role: "editor" },
    { path: "home/conv/1", role: "viewer" },
    { path: "home/conv/2", role: "owner" },
  ]
  for (const order of [grants, grants.toReversed()]) {
    expect(permissionOf("ana", order, "home/conv/1")).toBe("write")
    expect(permissionOf("ana", order, "home/conv/2")).toBe("erase")
    expect(permissionOf("ana", order, "home/conv/3")).toBe("write")
  }
})

test("[PL9] the operator's grant opens everything, what is blind and what is a user's included", () => {
  const grants: Grant[] = [{ path: "*", role: "owner" }]
  expect(isOperator(grants)).toBe(true)
  for (const document of ["home/conv/1", "home/blind/s/ana", "u/eve/home"]) expect(permissionOf("op", grants, document)).toBe("erase")
  expect(isOperator([{ path: "home", role: "owner" }])).toBe(false)
})

test("[PL9] a grant names a place and a role, and never the place of all users", () => {
  for (const path of ["home", "home/conv/1", "u/ana", "home/blind"]) expect(problemOfGrant({ path, role: "viewer" })).toBeUndefined()
  for (const path of ["", "/", "home/", "home/*", "**", "u", "..", "a b"]) expect(problemOfGrant({ path, role: "viewer" })).toBeDefined()
  expect(problemOfGrant({ path: "*", role: "editor" })).toContain("owners only")
  expect(problemOfGrant({ path: "home", role: "king" as Role })).toContain("the role is one of")
  expect(problemOfGrant({ path: "home", role: "toString" as Role })).toContain("the role is one of")
})

test("[PL62] a grant at a folder of blind documents is told from one at a document", () => {
  const at = (path: string): boolean => isAtHiddenFolder({ path, role: "viewer" })
  expect(["home/blind", "home/blind/s"].map(at)).toEqual([true, true])
  expect(["home", "home/anno", "home/blind/s/ana", "home/conv/blind/s", "blind"].map(at)).toEqual([false, false, false, false, false])
})

/** What each role may do with the blobs of `home`, by a grant at a path. */
const BLOBS: readonly (readonly [path: string, permissions: string])[] = [
  ["home", "read write write erase"],
  ["home/conv", "read read write write"],
  ["home/conv/1", "read read write write"],
  ["home/anno/x", "read write write write"],
  ["home/blind/s/ana", "read write write write"],
  ["homework", "none none none none"],
  ["u/ana", "none none none none"],
]

test.each(BLOBS)("[PL9] blobs of a workspace by a grant at %s", (path, permissions) => {
  expect(ROLES.map((role) => blobPermissionOf([{ path, role }], "home")).join(" ")).toBe(permissions)
})

test("[PL9] blobs without a grant, of users, and of what is no workspace are nobody's", () => {
  expect(blobPermissionOf([], "home")).toBe("none")
  expect(blobPermissionOf([{ path: "u/ana", role: "owner" }], "u")).toBe("none")
  for (const workspace of ["", "..", "a/b"]) expect(blobPermissionOf([{ path: "*", role: "owner" }], workspace)).toBe("none")
  expect(blobPermissionOf([{ path: "*", role: "owner" }], "home")).toBe("erase")
})
