import type { PromptSlot } from "@polylogue/conversation"
import { type ReactNode, useLayoutEffect, useRef, useState } from "react"
import { createPortal } from "react-dom"
import { arrange } from "./arrange.ts"

interface SlotColumnProps {
  readonly slots: readonly PromptSlot[]
  readonly children: (slot: PromptSlot, index: number) => ReactNode
}

/**
 * The slots one below the other. Each is rendered into an element of its own that this component puts in order, since React would move whichever elements it
 * likes, and with them the one in which somebody types.
 */
export function SlotColumn({ slots, children }: SlotColumnProps) {
  const column = useRef<HTMLOListElement>(null)
  const [hosts] = useState(() => new Map<string, HTMLElement>())
  const order = slots.map(({ id }) => {
    const known = hosts.get(id)
    if (known !== undefined) return known
    const host = document.createElement("li")
    host.className = "slot-place"
    host.dataset["slot"] = id
    hosts.set(id, host)
    return host
  })
  const arranged = useRef<readonly HTMLElement[]>([])
  useLayoutEffect(() => {
    if (column.current === null) return
    const same = order.length === arranged.current.length && order.every((host, index) => host === arranged.current[index])
    if (!same) arrange(column.current, order)
    arranged.current = order
    for (const [id, host] of hosts) if (!order.includes(host)) hosts.delete(id)
  })
  return (
    <>
      <ol ref={column} className="slot-column" />
      {slots.map((slot, index) => createPortal(children(slot, index), hosts.get(slot.id) ?? document.body, slot.id))}
    </>
  )
}
