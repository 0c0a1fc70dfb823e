import fc from "fast-check"
import { expect, test } from "vitest"
import { parseRoute } from "../src/frame/route.ts"
import { parsePromptRoute, promptHref } from "../src/prompts/prompt-route.ts"

const segment = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/)

test("[WB76] the address of a prompt, a draft or a version leads back to it", () => {
  fc.assert(
    fc.property(segment, segment, (promptId, other) => {
      expect(parsePromptRoute(promptHref(promptId))).toEqual({ promptId, draftId: "main", versionId: undefined })
      expect(parsePromptRoute(promptHref(promptId, { draftId: other }))).toEqual({ promptId, draftId: other, versionId: undefined })
      expect(parsePromptRoute(promptHref(promptId, { versionId: other }))).toEqual({ promptId, draftId: "main", versionId: other })
      expect(parseRoute(promptHref(promptId))).toEqual({ conversationId: undefined, messageId: undefined, part: "prompts" })
    }),
  )
  expect(promptHref()).toBe("#/p")
})

test("[WB76] whatever is strange in an address leads to the list", () => {
  const list = { promptId: undefined, draftId: "main", versionId: undefined }
  for (const hash of ["#/p", "#/p/", "#/p/a b", "#/p/../x", "#/p/a/x/b", "#/p/a/v", "#/c/a"])
    expect(parsePromptRoute(hash), hash).toEqual(list)
  for (const hash of ["#/", "", "#/c/p", "#/pages", "#/x/p"]) expect(parseRoute(hash).part, hash).toBe("conversations")
  expect(parsePromptRoute("#/p/a/v/b%20c")).toMatchObject({ promptId: "a", versionId: undefined })
})
