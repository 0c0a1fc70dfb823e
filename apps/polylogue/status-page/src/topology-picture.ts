import { svg } from "./element.ts"
import type { Topology, TopologyLink, TopologyRelay } from "./topology.ts"
import { layoutOf, type Place } from "./topology-layout.ts"
import { counted } from "./words.ts"

const RADIUS = 10
const MARGIN_X = 48
const MARGIN_Y = 44
const MOST_HEIGHT = 340
/** Pixels that a letter takes, and a line of them. */
const LETTER_WIDTH = 7
const LINE_HEIGHT = 28
/** Letters of a name: as many as fit beside its neighbours, within these. */
const LEAST_LETTERS = 5
const MOST_LETTERS = 20
/** How a link is called where colour and dashes do not reach. */
const LINK_WORDS: Readonly<Record<TopologyLink["state"], string>> = { up: "", down: "cut", refused: "refused" }

/** Relays and links as a picture `width` pixels wide. Everything in it stands in the lists beside it too. */
export function topologyPicture(topology: Topology, width: number): SVGElement {
  const { places, height } = layoutOf(topology, { width, mostHeight: MOST_HEIGHT, marginX: MARGIN_X, marginY: MARGIN_Y })
  const cut = topology.links.filter(({ state }) => state !== "up").length
  const label = `${counted(topology.relays.length, "relay")}, ${counted(topology.links.length, "link")}${cut === 0 ? "" : `, ${cut} not standing`}`
  return svg(
    "svg",
    { class: "topology", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label },
    ...topology.links.map((link) => linkDrawn(link, places)),
    ...topology.relays.map((relay) => relayDrawn(relay, places.get(relay.relay)!, lettersAt(relay.relay, places, width))),
  )
}

function linkDrawn({ from, to, state, past }: TopologyLink, places: ReadonlyMap<string, Place>): SVGElement | undefined {
  const [start, end] = [places.get(from), places.get(to)]
  if (start === undefined || end === undefined) return undefined
  const line = svg("line", { x1: start.x, y1: start.y, x2: end.x, y2: end.y })
  const word = svg("text", { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 + 4, class: "link-word" }, LINK_WORDS[state])
  return svg("g", { class: `link ${state}${past ? " past" : ""}` }, line, state === "up" ? undefined : word)
}

function relayDrawn({ name, place, authority, onDemand }: TopologyRelay, { x, y }: Place, letters: number): SVGElement {
  const words = place === "here" ? "this relay" : place === "apart" ? "out of reach" : onDemand ? "on demand" : ""
  return svg(
    "g",
    { class: `relay ${place}` },
    svg("title", {}, name),
    authority ? svg("circle", { cx: x, cy: y, r: RADIUS + 5, class: "authority" }) : undefined,
    svg("circle", { cx: x, cy: y, r: onDemand ? RADIUS - 3 : RADIUS, class: "disc" }),
    svg("text", { x, y: y + RADIUS + 18, class: "name" }, shortened(name, letters)),
    // Dashes say it too, where there is no room for words.
    words !== "" && words.length <= letters ? svg("text", { x, y: y - RADIUS - 10, class: "words" }, words) : undefined,
  )
}

/** How many letters fit below a relay, before those of the next one on the same line begin, or the picture ends. */
function lettersAt(relay: string, places: ReadonlyMap<string, Place>, width: number): number {
  const { x, y } = places.get(relay)!
  const beside = [...places]
    .filter(([other, there]) => other !== relay && Math.abs(there.y - y) < LINE_HEIGHT)
    .map(([, there]) => Math.abs(there.x - x))
  const room = Math.min(2 * x, 2 * (width - x), ...beside)
  return Math.max(LEAST_LETTERS, Math.min(MOST_LETTERS, Math.floor(room / LETTER_WIDTH)))
}

function shortened(name: string, letters: number): string {
  const all = Array.from(new Intl.Segmenter().segment(name), ({ segment }) => segment)
  return all.length > letters ? `${all.slice(0, letters - 1).join("")}…` : name
}
