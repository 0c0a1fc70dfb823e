import { type HTMLAttributes, type RefObject, useEffect, useLayoutEffect, useRef } from "react"
import "./floating.css"

interface FloatingProps extends HTMLAttributes<HTMLDivElement> {
  /** What it belongs to; it stands below it, above it where there is no room. */
  readonly anchor: RefObject<HTMLElement | null>
  /** Which of its edges stands where the anchor has it, in the direction of reading. Default `end`. */
  readonly align?: "start" | "end"
  /** Asked for by a press outside, and by anything that moves the anchor. */
  readonly onClose: () => void
}

const GAP = 4
const EDGE = 8

/** A small plane above the page, in the browser's top layer: no scrolling parent cuts it off. */
export function Floating({ anchor, align = "end", onClose, className = "", ...rest }: FloatingProps) {
  const plane = useRef<HTMLDivElement>(null)
  const opened = useRef<DOMRect>(undefined)
  useLayoutEffect(() => {
    const element = plane.current
    const place = anchor.current?.getBoundingClientRect()
    if (element === null || place === undefined) return
    opened.current = place
    element.showPopover()
    const { width, height } = element.getBoundingClientRect()
    const below = place.bottom + GAP + height + EDGE <= window.innerHeight
    element.style.top = `${below ? place.bottom + GAP : Math.max(EDGE, place.top - GAP - height)}px`
    const rightToLeft = getComputedStyle(element).direction === "rtl"
    const left = rightToLeft === (align === "end") ? place.left : place.right - width
    element.style.left = `${Math.min(Math.max(EDGE, left), window.innerWidth - EDGE - width)}px`
  }, [anchor, align])
  useEffect(() => {
    const outside = (event: Event): void => {
      const inside =
        event.target instanceof Node && (plane.current?.contains(event.target) === true || anchor.current?.contains(event.target))
      if (inside !== true) onClose()
    }
    // What scrolls elsewhere, as a conversation does into which somebody writes, moves nothing here; nor does what scrolled before this opened,
    // of which the browser tells a frame late.
    const moved = (event: Event): void => {
      if (!(event.target instanceof Node) || !event.target.contains(anchor.current)) return
      const place = anchor.current?.getBoundingClientRect()
      if (place?.top !== opened.current?.top || place?.left !== opened.current?.left) onClose()
    }
    document.addEventListener("pointerdown", outside)
    document.addEventListener("scroll", moved, { capture: true })
    window.addEventListener("resize", onClose)
    return () => {
      document.removeEventListener("pointerdown", outside)
      document.removeEventListener("scroll", moved, { capture: true })
      window.removeEventListener("resize", onClose)
    }
  }, [anchor, onClose])
  return <div {...rest} ref={plane} popover="manual" className={`floating ${className}`} />
}
