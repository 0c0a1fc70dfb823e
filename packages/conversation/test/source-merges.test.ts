import { expect, test } from "vitest"
import * as Y from "yjs"
import { resolveAnchor, anchorText } from "@polylogue/conversation"
import { lineChunks, reload, seededRandom, sourceDevice, type SourceDevice, sync } from "./devices.ts"

const TEXT = "Ants walk in lines.\nBees dance.\nCrows count to four.\n"

function begin({ source }: SourceDevice): void {
  source.begin({ meta: { name: "animals.txt", sha256: "ab".repeat(32), blob: true }, text: TEXT, chunks: lineChunks(TEXT) })
}

test("[CV132] devices that begin the same source while apart have one copy of its text once one of them knows of the other", () => {
  const a = sourceDevice("a")
  const b = sourceDevice("b")
  begin(a)
  begin(b)
  sync(a.ydoc, b.ydoc)
  expect(b.source.getText()).toBe(TEXT + TEXT)
  // Whatever is cut then is cut of one copy.
  expect(b.source.writeChunking(lineChunks(TEXT + TEXT))).toBeUndefined()
  expect(b.source.getText()).toBe(TEXT)
  sync(a.ydoc, b.ydoc)
  for (const { source } of [a, b]) {
    expect([source.getText(), source.isStale(), source.getMeta().blob]).toEqual([TEXT, false, true])
    expect(source.getMeta().addedBy.id).toBe("user-a")
  }
})

test("[CV132] tabs of one device, which have one name, are told apart", () => {
  const [left, right] = [sourceDevice("a"), sourceDevice("a")]
  begin(left)
  begin(right)
  sync(left.ydoc, right.ydoc)
  left.source.settle()
  right.source.settle()
  sync(left.ydoc, right.ydoc)
  expect([left.source.getText(), right.source.getText()]).toEqual([TEXT, TEXT])
})

test("[CV132] of a copy in which somebody wrote meanwhile nothing is lost: the first one stays with what was written in it, another one beside it", () => {
  for (const [writer, copies] of [
    ["a", 1],
    ["b", 2],
  ] as const) {
    const devices = [sourceDevice("a"), sourceDevice("b")]
    for (const device of devices) begin(device)
    const edited = devices.find(({ source }) => source === devices[writer === "a" ? 0 : 1]?.source)
    edited?.source.text.insert(4, " never")
    sync(...devices.map(({ ydoc }) => ydoc))
    for (const { source } of devices) source.settle()
    sync(...devices.map(({ ydoc }) => ydoc))
    const [text, other] = devices.map(({ source }) => source.getText())
    expect(text).toBe(other)
    expect(text).toContain("Ants never walk")
    expect(text?.split("Bees").length).toBe(copies + 1)
  }
})

test("[CV132] in whatever order three devices begin, write, cut and hear of one another, all end alike, with every word that somebody wrote", () => {
  let joined = 0
  for (let seed = 1; seed <= 150; seed++) {
    const random = seededRandom(seed)
    const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
    const devices = ["a", "b", "c"].map((name) => sourceDevice(name))
    const written: string[] = []
    for (let step = 0; step < 14; step++) {
      const device = pick(devices)
      const other = pick(devices)
      if (device === undefined || other === undefined) continue
      const { source, ydoc, clock } = device
      clock.now += Math.floor(random() * 1000)
      const action = random()
      if (source.getState() === "absent" || action < 0.25) begin(device)
      else if (action < 0.4) {
        // One character each, so that no word is written into another.
        const word = String.fromCodePoint(0x4e00 + step)
        written.push(word)
        source.text.insert(Math.floor(random() * (source.text.length + 1)), word)
      } else if (action < 0.55) source.writeChunking(lineChunks(source.getText()))
      else if (action < 0.7) source.settle()
      else if (other !== device) Y.applyUpdate(ydoc, Y.encodeStateAsUpdate(other.ydoc, Y.encodeStateVector(ydoc)))
    }
    const docs = devices.map(({ ydoc }) => ydoc)
    sync(...docs)
    for (const { source } of devices) source.settle()
    sync(...docs)
    const [text = ""] = devices.map(({ source }) => source.getText())
    for (const { source } of devices) {
      expect([seed, source.getText()]).toEqual([seed, text])
      expect(source.getChunking()?.id).toBe(devices[0]?.source.getChunking()?.id)
      expect(source.getMeta()).toEqual(devices[0]?.source.getMeta())
    }
    for (const word of written) expect([seed, text.split(word).length - 1]).toEqual([seed, 1])
    if (written.length === 0 && devices.some(({ source }) => source.getState() === "here")) {
      expect([seed, text]).toEqual([seed, TEXT])
      joined++
    }
  }
  expect(joined).toBeGreaterThan(10)
})

test("[CV132] words that are quoted from the copy that stays lead to it on every device", () => {
  const a = sourceDevice("a")
  const b = sourceDevice("b")
  begin(a)
  begin(b)
  const anchors = [a, b].map(({ source }) => anchorText(source.text, { from: 20, to: 31 }))
  sync(a.ydoc, b.ydoc)
  b.source.settle()
  const late = sourceDevice("c", reload(b.ydoc)).source
  for (const anchor of anchors) {
    const place = resolveAnchor(late.text, anchor)
    expect(place.state === "orphan" ? "" : late.getText().slice(place.from, place.to)).toBe("Bees dance.")
  }
})
