import { expect, test } from "vitest"
import { ReadMarkers } from "@polylogue/conversation"
import * as Y from "yjs"
import { countUpdates, sync } from "./devices.ts"

function reader(writer: string): { readonly ydoc: Y.Doc; readonly markers: ReadMarkers } {
  const ydoc = new Y.Doc()
  return { ydoc, markers: new ReadMarkers(ydoc, { writer, now: () => 1_700_000_000_000 }) }
}

const other = (clock: number): { clock: number; byOneself: boolean } => ({ clock, byOneself: false })

test("[CV30] what is read on one device is read on all, however the markers arrive", () => {
  const phone = reader("phone")
  const laptop = reader("laptop")
  phone.markers.setRead("c", { clock: 20, id: "m2" })
  laptop.markers.setRead("c", { clock: 10, id: "m1" })
  expect(laptop.markers.isUnread("c", other(20))).toBe(true)
  sync(phone.ydoc, laptop.ydoc)
  for (const { markers } of [phone, laptop]) {
    expect(markers.get("c")).toEqual({ clock: 20, id: "m2" })
    expect(markers.isUnread("c", other(20))).toBe(false)
    expect(markers.isUnread("c", other(21))).toBe(true)
    expect(markers.isUnread("c", { clock: 21, byOneself: true })).toBe(false)
  }
})

test("[CV30] a marker that says nothing new writes nothing, and thousands of them stay one key a device", () => {
  const { markers, ydoc } = reader("a")
  markers.setRead("c", { clock: 5, id: "m" })
  expect(countUpdates(ydoc, () => markers.setRead("c", { clock: 5, id: "m" }))).toBe(0)
  expect(countUpdates(ydoc, () => markers.setRead("c", { clock: 4, id: "l" }))).toBe(0)
  for (let clock = 6; clock < 2000; clock++) markers.setRead("c", { clock, id: null })
  expect(ydoc.getMap("read").size).toBe(1)
})

test("[CV30] a conversation without a marker is read up to that of all; with neither nothing is unread", () => {
  const { markers, ydoc } = reader("a")
  expect(markers.begun).toBe(false)
  expect(markers.isUnread("c", other(1e15))).toBe(false)
  markers.setAllRead(100)
  expect(markers.begun).toBe(true)
  expect(markers.isUnread("c", other(100))).toBe(false)
  expect(markers.isUnread("c", other(101))).toBe(true)
  expect(countUpdates(ydoc, () => markers.setAllRead(99))).toBe(0)
  markers.setRead("c", { clock: 101, id: null })
  expect(markers.isUnread("c", other(101))).toBe(false)
  expect(markers.isUnread("d", other(101))).toBe(true)
})

test("[CV30] what is marked as unread stays so on all devices until it is read again", () => {
  const phone = reader("phone")
  const laptop = reader("laptop")
  phone.markers.setRead("c", { clock: 20, id: "m" })
  phone.markers.setUnread("c")
  expect(countUpdates(phone.ydoc, () => phone.markers.setUnread("c"))).toBe(0)
  sync(phone.ydoc, laptop.ydoc)
  expect(laptop.markers.isUnread("c", { clock: 20, byOneself: true })).toBe(true)
  laptop.markers.setRead("c", { clock: 20, id: "m" })
  sync(phone.ydoc, laptop.ydoc)
  expect(phone.markers.isUnread("c", other(20))).toBe(false)
})

test("[CV30] each conversation's listeners hear of it, and all of them of the marker of all", () => {
  const { markers } = reader("a")
  const calls = { c: 0, d: 0 }
  const stop = markers.subscribe("c", () => calls.c++)
  markers.subscribe("d", () => calls.d++)
  markers.setRead("c", { clock: 1, id: null })
  expect(calls).toEqual({ c: 1, d: 0 })
  markers.setAllRead(5)
  expect(calls).toEqual({ c: 2, d: 1 })
  stop()
  markers.destroy()
  markers.destroy()
  markers.setUnread("d")
  expect(calls).toEqual({ c: 2, d: 1 })
})

test("[CV30] foreign keys and values are passed over, and ids that are none refused", () => {
  const { markers, ydoc } = reader("a")
  const map = ydoc.getMap("read")
  map.set("c/seen/b", "nothing")
  map.set("c/seen", { clock: 9 })
  map.set("c/seen/x", { clock: "9", id: 4 })
  map.set("c/unread/b", true)
  expect(markers.get("c")).toEqual({ clock: 0, id: null })
  expect(markers.isUnread("c", other(0))).toBe(false)
  const refused = expect.objectContaining({ code: "bad-id" })
  expect(() => markers.setRead("*", { clock: 1, id: null })).toThrow(refused)
  expect(() => markers.setUnread("a/b")).toThrow(refused)
  expect(() => reader("not a writer")).toThrow(TypeError)
})
