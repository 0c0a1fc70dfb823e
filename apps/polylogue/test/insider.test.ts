import { expect, test } from "vitest"
import { Authority, authorityFiles } from "../src/authority.ts"
import type { Visitor } from "../src/endpoint.ts"
import { filesWith } from "./devices.ts"
import { folder } from "./program.ts"

function authority(): { authority: Authority; data: string } {
  const data = folder()
  return { data, authority: Authority.open(authorityFiles(data), { create: true, journal: () => undefined }) }
}

test("[PL103] a part of the program is let in by a token of its own, into what it was granted and nothing else", async () => {
  const { authority: one, data } = authority()
  const token = one.admit("@responder", [{ path: "home", role: "editor" }])
  const visitor = (await one.visitor(token)) as Visitor
  expect([visitor.name, visitor.operator, visitor.expiresAt]).toEqual(["@responder", false, undefined])
  const may = (documentId: string): string => visitor.may(documentId)
  expect(["home/conv/1", "home/index", "home/anno/r"].map(may)).toEqual(["write", "write", "write"])
  expect(["team/conv/1", "u/responder", "u/ana/x", "home/blind/r/ana"].map(may)).toEqual(["none", "none", "none", "none"])
  expect([visitor.mayBlobs("home"), visitor.mayBlobs("team")]).toEqual(["write", "none"])
  expect(filesWith(data, token)).toEqual([])
  expect(await authority().authority.visitor(token)).toMatchObject({ refused: "unauthenticated" })
  one.close()
})

test("[PL103] each has another token, and no name that somebody may have", () => {
  const { authority: one } = authority()
  const admit = (name: string): string => one.admit(name, [])
  expect(admit("@responder")).not.toBe(admit("@responder"))
  for (const name of ["ana", "relay/hub"]) expect(() => admit(name)).toThrow(TypeError)
})
