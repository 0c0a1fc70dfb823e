import { expect, test } from "vitest"
import { MAX_LANES, versionLanes } from "../src/prompt-review/version-lanes.ts"

const node = (id: string, ...parents: string[]) => ({ id, parents })

test("[WB116] one line of versions is one lane; a merge opens a second one, which ends where both came from", () => {
  expect(versionLanes([node("b", "a"), node("a", "gone")])).toEqual([
    { lane: 0, fromAbove: false, passing: [], joining: [], leading: [0] },
    { lane: 0, fromAbove: true, passing: [], joining: [], leading: [] },
  ])
  expect(versionLanes([node("both", "left", "right"), node("right", "base"), node("left", "base"), node("base")])).toEqual([
    { lane: 0, fromAbove: false, passing: [], joining: [], leading: [0, 1] },
    { lane: 1, fromAbove: true, passing: [0], joining: [], leading: [1] },
    { lane: 0, fromAbove: true, passing: [1], joining: [], leading: [0] },
    { lane: 0, fromAbove: true, passing: [], joining: [1], leading: [] },
  ])
})

test("[WB116] lines of work without end draw no more lanes than there is room for", () => {
  const rows = versionLanes([...Array.from({ length: MAX_LANES + 1 }, (_, at) => node(`tip ${at}`, "root")), node("root")])
  expect(rows.map(({ lane }) => lane)).toEqual([0, 1, 2, 3, 4, 5, 5, 0])
  expect(rows.at(-1)?.joining).toEqual([1, 2, 3, 4, 5])
})
