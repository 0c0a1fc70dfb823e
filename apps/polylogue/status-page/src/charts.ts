import type { HistogramCounts, ShareSample } from "@polylogue/relay"
import { html, svg } from "./element.ts"
import { counted, duration, percent } from "./words.ts"

/** What the convergence is drawn over. */
const HISTORY_MS = 15 * 60_000
const HEIGHT = 72
/** The line stays this far from the edges, so that 100 % is a line and not a border. */
const MARGIN = 4
/** Less than this below 100 % is drawn as far down as this, or nothing would be seen. */
const LEAST_DEPTH = 0.05

/** Convergence over the last minutes, as steps: between two samples nothing changed. */
export function convergenceChart(samples: readonly ShareSample[], share: number, now: number, width: number): Element[] {
  const from = now - HISTORY_MS
  const before = samples.filter(({ at }) => at <= from).at(-1)?.share ?? 1
  const shown = samples.filter(({ at }) => at > from)
  const least = Math.min(before, share, ...shown.map((sample) => sample.share))
  const depth = Math.max(LEAST_DEPTH, 1 - least)
  const x = (at: number): number => Math.round(((at - from) / HISTORY_MS) * width)
  const y = (value: number): number => Math.round((MARGIN + ((1 - value) / depth) * (HEIGHT - 2 * MARGIN)) * 10) / 10
  const steps = shown.map((sample) => `H${x(sample.at)}V${y(sample.share)}`).join("")
  const path = `M0 ${y(before)}${steps}H${width}`
  const label = `Over the last ${duration(HISTORY_MS)} it was ${percent(least)} at the least; now it is ${percent(share)}.`
  const picture = svg(
    "svg",
    { class: "spark", viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": label },
    svg("line", { class: "whole", x1: 0, x2: width, y1: y(1), y2: y(1) }),
    svg("path", { class: "area", d: `${path}V${y(1)}H0Z` }),
    svg("path", { class: "line", d: path }),
  )
  const axis = [`${duration(HISTORY_MS)} ago`, `${percent(least)} at the least`, "now"].map((words) => html("span", {}, words))
  return [picture, html("p", { class: "axis", "aria-hidden": "true" }, ...axis)]
}

/** Values by size as bars with words, from the first bucket that has any to the last. Of times in milliseconds. */
export function timesChart(histogram: HistogramCounts): HTMLElement {
  const { bounds, counts, count } = histogram
  const first = counts.findIndex((of) => of > 0)
  const last = counts.findLastIndex((of) => of > 0)
  const most = Math.max(...counts)
  const rows = counts.slice(first, last + 1).map((of, offset) => {
    const bound = bounds[first + offset]
    const words = bound === undefined ? `over ${duration(bounds.at(-1)!)}` : `up to ${duration(bound)}`
    // A width by class: the page allows no inline styles.
    const bar = svg(
      "svg",
      { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { x: 0, y: 0, height: 8, width: of === 0 ? 0 : Math.max(0.5, (of / most) * 100) }),
    )
    return html(
      "tr",
      {},
      html("th", { scope: "row" }, words),
      html("td", { class: "bars" }, bar),
      html("td", { class: "number" }, of.toLocaleString("en")),
    )
  })
  const summary = `half within ${quantile(histogram, 0.5)}, 95 of 100 within ${quantile(histogram, 0.95)}`
  return html(
    "table",
    { class: "times" },
    html("caption", {}, `${counted(count, "time")}: ${summary}`),
    html(
      "thead",
      { class: "visually-hidden" },
      html("tr", {}, ...["Time", "Share", "Count"].map((name) => html("th", { scope: "col" }, name))),
    ),
    html("tbody", {}, ...rows),
  )
}

/** Within what so large a share of the values lies: the upper bound of its bucket. */
function quantile({ bounds, counts, count }: HistogramCounts, share: number): string {
  let seen = 0
  for (const [index, of] of counts.entries()) {
    seen += of
    if (seen >= share * count) return bounds[index] === undefined ? `more than ${duration(bounds.at(-1)!)}` : duration(bounds[index])
  }
  return "unknown"
}
