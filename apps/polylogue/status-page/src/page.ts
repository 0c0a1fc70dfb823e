import type { KnownRelay, OwnLink } from "@polylogue/relay"
import { convergenceChart, timesChart } from "./charts.ts"
import { type Content, html } from "./element.ts"
import type { StatusAnswer } from "./status-answer.ts"
import { summaryOf } from "./summary.ts"
import { topologyOf } from "./topology.ts"
import { topologyPicture } from "./topology-picture.ts"
import { age, bytes, counted, duration, lasting, listed, nameOf, percent } from "./words.ts"

const LINK_MARKS: Readonly<Record<OwnLink["state"], readonly [mark: string, word: string]>> = {
  up: ["●", "stands"],
  down: ["○", "cut"],
  refused: ["✕", "refused"],
}

/** The whole page for one answer; `width` is what there is for pictures, in pixels. */
export function pageOf(status: StatusAnswer, width: number): HTMLElement {
  // Of one relay that stands alone there is nothing to compare.
  const several = status.links.length > 0 || status.relays.length > 0
  return html(
    "div",
    { class: "page" },
    heading(status),
    html(
      "div",
      { class: "columns" },
      html("div", { class: "column" }, fleetSection(status, width), several ? convergenceSection(status, width) : undefined),
      html("div", { class: "column" }, linksSection(status), several ? timesSection(status) : undefined, duties(status)),
    ),
  )
}

function heading(status: StatusAnswer): HTMLElement {
  const { tone, text, detail } = summaryOf(status)
  return html(
    "header",
    {},
    html("h1", { dir: "auto" }, nameOf(status)),
    html("p", { class: `summary tone-${tone}`, role: "status" }, text),
    html("p", { class: "detail" }, withCode(detail)),
    html(
      "p",
      { class: "quiet" },
      `${status.program}, running for ${lasting(status.at - status.startedAt)}${status.onDemand ? ", holds what is in use here" : ""}`,
    ),
  )
}

/** Words in which `commands` stand between backticks. */
function withCode(text: string): Content {
  return text.split("`").map((piece, index) => (index % 2 === 0 ? piece : html("code", {}, piece)))
}

function section(name: string, title: string, ...content: readonly Content[]): HTMLElement {
  return html("section", { class: name, "aria-labelledby": `${name}-title` }, html("h2", { id: `${name}-title` }, title), ...content)
}

function fleetSection(status: StatusAnswer, width: number): HTMLElement {
  const shares = new Map(status.convergence.relays.map((share) => [share.relay, share]))
  const rows = [
    { relay: status.relay, name: status.name, words: "this relay", erasures: undefined },
    ...status.relays.map((known) => ({ ...known, words: reachWords(known, status.at), erasures: known.report?.erasuresPending })),
  ].map(({ relay, name, words, erasures }) => {
    const share = shares.get(relay)
    const lacks = share === undefined ? undefined : share.of - share.entries
    return html(
      "li",
      {},
      html("span", { class: "name", dir: "auto" }, nameOf({ name, relay })),
      html("span", { class: "quiet" }, [words, ...(status.authorities.includes(relay) ? ["authority of registers"] : [])].join(", ")),
      html("span", { class: "number" }, shareWords(share, status.convergence.documents)),
      html(
        "span",
        { class: "quiet" },
        [
          ...(lacks === undefined || lacks === 0
            ? []
            : [`lacks ${counted(lacks, "entry", "entries")} of ${counted(share!.documentsBehind, "document")}`]),
          ...(erasures === undefined || erasures === 0 ? [] : [`${counted(erasures, "erasure")} not carried out`]),
        ].join("; "),
      ),
    )
  })
  return section("fleet", "Relays", topologyPicture(topologyOf(status), width), html("ul", { class: "rows" }, ...rows))
}

function shareWords(share: StatusAnswer["convergence"]["relays"][number] | undefined, watched: number): string {
  if (share === undefined) return watched === 0 ? "" : "not known"
  return share.of === 0 ? "" : percent(share.entries / share.of)
}

function reachWords({ reached, heardAt, report, clock }: KnownRelay, now: number): string {
  const heard = heardAt === undefined ? "never heard since this relay started" : `last heard ${age(Math.max(0, now - heardAt))}`
  if (!reached) return `out of reach, ${heard}`
  const behindClock =
    clock === undefined || Math.abs(clock.offsetMs) < 1_000 + clock.errorMs
      ? []
      : [`its clock is ${duration(Math.abs(clock.offsetMs))} ${clock.offsetMs > 0 ? "behind" : "ahead"}`]
  return [report?.program ?? "says nothing that this version can read", ...behindClock].join(", ")
}

function linksSection(status: StatusAnswer): HTMLElement {
  if (status.links.length === 0)
    return section(
      "links",
      "Links",
      html("p", { class: "quiet" }, "None. Another relay is linked with --peer and its address, or by dialling this one."),
    )
  return section("links", "Links", html("ul", { class: "rows" }, ...status.links.map((link) => linkRow(link, status))))
}

function linkRow(link: OwnLink, { at, codes }: StatusAnswer): HTMLElement {
  const [mark, word] = LINK_MARKS[link.state]
  const ended = codes[link.code]
  return html(
    "li",
    { class: link.state },
    html("span", { class: "name", dir: "auto" }, nameOf(link)),
    html("span", { class: "state" }, html("span", { "aria-hidden": "true" }, mark), ` ${word} for ${lasting(at - link.since)}`),
    html("span", { class: "quiet address" }, link.url === undefined ? "dialled from there" : `dialled: ${link.url}`),
    html("span", { class: "number" }, lagWords(link)),
    link.state === "up"
      ? html("span", { class: "quiet traffic" }, `${bytes(link.bytesReceived)} received, ${bytes(link.bytesSent)} sent${clockWords(link)}`)
      : undefined,
    link.state === "up" ? undefined : whyNot(link, ended),
  )
}

const DIALLED_THERE =
  "The other relay dials this one: look there. If it is gone for good, have it forgotten here with `polylogue peer forget`."

function whyNot({ code, reason, url }: OwnLink, ended: StatusAnswer["codes"][string] | undefined): HTMLElement {
  const said = [
    code === "" ? "" : `${code}: `,
    ended?.meaning ?? (url === undefined ? "The connection broke, or was ended there." : "The connection could not be made, or broke."),
    reason === "" ? "" : ` (${reason})`,
  ].join("")
  const dialling = url === undefined ? DIALLED_THERE : "It is tried again. Is the other relay running, and is its address right?"
  const advice = ended?.advice ?? dialling
  return html("span", { class: "why" }, html("span", { dir: "auto" }, said), html("br"), withCode(advice))
}

function clockWords({ clock }: OwnLink): string {
  return clock === undefined ? "" : `, answers within ${duration(clock.errorMs * 2)}`
}

function lagWords({ state, behind, lacking }: OwnLink): string {
  const words = [
    ...(behind === undefined || behind.documents === 0 || state !== "up" ? [] : [`${counted(behind.documents, "document")} coming`]),
    ...(lacking === undefined || lacking.documents === 0
      ? []
      : [`${counted(lacking.documents, "document")} ${state === "up" ? "going" : "waiting here"}`]),
  ]
  if (words.length > 0) return words.join(", ")
  return state === "up" && behind !== undefined && lacking !== undefined ? "level" : ""
}

function convergenceSection({ at, convergence, relays, relay, name }: StatusAnswer, width: number): HTMLElement {
  const names = new Map([...relays.map((known) => [known.relay, nameOf(known)] as const), [relay, nameOf({ name, relay })]])
  const rows = convergence.behind.map(({ documentId, entries, relays }) => {
    const lacking = relays.filter((held) => held.entries < entries)
    const words = lacking.map(
      (held) => `${names.get(held.relay) ?? nameOf({ name: "", relay: held.relay })} (${percent(held.entries / entries)})`,
    )
    return html("li", {}, html("code", {}, documentId), html("span", { class: "quiet" }, `not whole at ${listed(words)}`))
  })
  return section(
    "convergence",
    "Convergence",
    convergence.documents === 0
      ? html("p", { class: "quiet" }, "No document has changed since this relay started.")
      : [
          html("p", { class: "figure" }, percent(convergence.share)),
          html(
            "p",
            { class: "quiet" },
            `of what is known of ${counted(convergence.documents, "document")} that changed lately is at every relay`,
          ),
          convergenceChart(convergence.history, convergence.share, at, width),
        ],
    rows.length === 0 ? undefined : html("ul", { class: "rows documents" }, ...rows),
  )
}

function timesSection({ visibility, heals }: StatusAnswer): HTMLElement {
  const { count, errorMs, unmeasured } = visibility
  const rest = unmeasured === 0 ? "" : ` ${counted(unmeasured, "entry", "entries")} could not be measured.`
  return section(
    "times",
    "Times",
    html("h3", {}, "From another relay to here"),
    count === 0
      ? html("p", { class: "quiet" }, `Nothing has come from another relay yet.${rest}`)
      : [
          timesChart(visibility),
          html("p", { class: "quiet" }, `Clocks are compared over the links: each time may be wrong by ${duration(errorMs)}.${rest}`),
        ],
    html("h3", {}, "From a link’s standing until both ends are level"),
    heals.count === 0 ? html("p", { class: "quiet" }, "No link has become level yet.") : timesChart(heals),
  )
}

function duties({ authorities, relay, name, relays, erasures }: StatusAnswer): HTMLElement {
  const known = [{ relay, name }, ...relays]
  const called = (id: string): string => nameOf(known.find((one) => one.relay === id) ?? { name: "", relay: id })
  return section(
    "duties",
    "Registers and erasures",
    html("h3", {}, "Authority of registers"),
    html("p", {}, authorityWords(authorities.map((id) => (id === relay ? "This relay" : called(id))))),
    html("h3", {}, "Erasures"),
    ...erasureRows(erasures, called),
  )
}

function erasureRows({ documents, first, missing }: StatusAnswer["erasures"], called: (id: string) => string): HTMLElement[] {
  if (documents === 0) return [html("p", { class: "quiet" }, "All that are known here are carried out everywhere.")]
  const owed = missing.map(({ relay, documents: most }) => `${called(relay)} (${counted(most, "document")})`)
  const rows = first.map((one) =>
    html(
      "li",
      {},
      html("code", {}, one.documentId),
      html("span", { class: "quiet" }, `not confirmed by ${listed(one.missing.map(called))}`),
    ),
  )
  const more = documents - first.length
  return [
    html("p", {}, `${counted(documents, "document")} not confirmed everywhere. Waiting for ${listed(owed)}.`),
    html("ul", { class: "rows documents" }, ...rows),
    ...(more === 0 ? [] : [html("p", { class: "quiet" }, `And ${counted(more, "more document")}.`)]),
  ]
}

function authorityWords(names: readonly string[]): string {
  const [one, ...others] = names
  if (one === undefined) return "Out of reach from here. Publishing and claiming wait; writing goes on."
  if (others.length === 0) return `${one}.`
  return `${listed(names)} all say that they are it. Publishing and claiming wait until all of them but one are started with "authority": false.`
}
