import { expect, test } from "vitest"
import { eachOnce } from "../src/identity/present.tsx"

test("[WB70] a person with several devices is shown once, by the device that is typing", () => {
  const presence = (clientId: number, userId: string, typing = false) => ({
    clientId,
    userId,
    name: userId,
    colour: 1,
    ...(typing ? { typing } : {}),
  })
  expect(eachOnce([presence(1, "bo"), presence(2, "cy"), presence(3, "bo", true), presence(4, "bo")])).toEqual([
    presence(3, "bo", true),
    presence(2, "cy"),
  ])
  expect(eachOnce([])).toEqual([])
})
