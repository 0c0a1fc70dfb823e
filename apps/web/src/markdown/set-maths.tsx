import katex from "katex"
import { createElement, memo, type ReactNode, useMemo } from "react"
import { MathsSource } from "./maths.tsx"

/** Expansions of macros in one formula, above which it is shown as its source: `\def` can grow without end. */
const MAX_EXPANSIONS = 200
/** Longest formula that is set, in UTF-16 units: it holds the page up while it is. */
const MAX_SET_LENGTH = 2_000
/** Widest ruler or space a formula may ask for, in em. */
const MAX_SIZE_EM = 20

interface MathsProps {
  readonly source: string
  readonly display: boolean
}

/** A formula as MathML, which the browser lays out with its own fonts and a screen reader reads as mathematics. */
export default memo(function SetMaths({ source, display }: MathsProps) {
  const formula = useMemo(() => mathml(source, display), [source, display])
  if (formula === undefined) return <MathsSource source={source} display={display} />
  return display ? (
    // reason: a wide formula scrolls by itself, and what scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <span className="maths-display" dir="ltr" tabIndex={0} role="group" aria-label="Formula">
      {formula}
    </span>
  ) : (
    <span className="maths-inline" dir="ltr">
      {formula}
    </span>
  )
})

/** The formula as elements; undefined for what is no formula. */
function mathml(source: string, display: boolean): ReactNode {
  if (source.length > MAX_SET_LENGTH) return undefined
  try {
    const markup = katex.renderToString(source, {
      displayMode: display,
      output: "mathml",
      throwOnError: true,
      strict: "ignore",
      maxExpand: MAX_EXPANSIONS,
      maxSize: MAX_SIZE_EM,
      trust: false,
    })
    const root = new DOMParser().parseFromString(markup, "text/html").querySelector("math")
    return root === null ? undefined : elementOf(root, "math")
  } catch {
    return undefined
  }
}

/**
 * Of what was parsed, MathML elements and harmless attributes only. KaTeX escapes what it is given; the page does not rest on that alone, since
 * formulas are written by strangers.
 */
function elementOf(element: Element, key: string): ReactNode {
  const name = element.localName
  if (name === "annotation") return null
  const children = [...element.childNodes].map((child, index) =>
    child instanceof Element ? elementOf(child, String(index)) : child.nodeValue,
  )
  if (!ELEMENTS.has(name)) return children
  const attributes: Record<string, string> = { key }
  for (const { name: attribute, value } of element.attributes) {
    if (ATTRIBUTES.has(attribute)) attributes[attribute] = value
  }
  return createElement(name, attributes, ...children)
}

const ELEMENTS = new Set(
  (
    "math semantics mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mtable mtr mtd mpadded mphantom " +
    "mstyle menclose mglyph merror mmultiscripts mprescripts none"
  ).split(" "),
)
const ATTRIBUTES = new Set(
  (
    "display mathvariant mathsize stretchy fence separator lspace rspace minsize maxsize symmetric largeop movablelimits accent accentunder width " +
    "height depth voffset linethickness columnalign rowalign columnspacing rowspacing columnlines rowlines frame displaystyle scriptlevel notation " +
    "xmlns form"
  ).split(" "),
)
