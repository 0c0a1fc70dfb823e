import {
  type Citation,
  type CitedPage,
  type CitedPassage,
  resolveCitation,
  type StrictPlace,
  type TextRange,
} from "@polylogue/conversation"
import { type OpenSource, useSource, useSourceCard, useSourceText, useWorkspace } from "@polylogue/react"
import { webAddress } from "../conversation/parts/file-fields.ts"
import { Icon } from "../frame/icon.tsx"
import { sourceTitle } from "../sources/source-words.ts"
import { MarkedWords } from "./marked-words.tsx"
import { passageHref } from "./passage-href.ts"
import "./citations.css"

const MAX_TITLE_LENGTH = 300

/** What a cited source is called. */
export function useCitedTitle({ source }: Citation): string {
  const card = useSourceCard(useWorkspace(), source.kind === "source" ? source.sourceId : undefined)
  if (source.kind === "source") return sourceTitle(card?.name)
  const title = (source.title ?? "").trim().slice(0, MAX_TITLE_LENGTH)
  return sourceTitle(title || webAddress(source.url)?.host)
}

interface CitedSourceProps {
  readonly citation: Citation
  /** Whether a button leads to the source, besides its title. */
  readonly leads?: boolean
  /** UTF-16 units of the source that are shown on either side of what is cited. */
  readonly context: number
}

/** What a citation cites: the words of the source with what stands around them, and what became of them. All of it was written by strangers and is text. */
export function CitedSource({ citation, context, leads = false }: CitedSourceProps) {
  const { source } = citation
  const title = useCitedTitle(citation)
  if (source.kind === "url") return <CitedPageView title={title} source={source} />
  return <CitedPassageView {...{ citation, source, title, context, leads }} />
}

function CitedPageView({ title, source }: { readonly title: string; readonly source: CitedPage }) {
  const address = webAddress(source.url)
  const { quote } = source.anchor ?? {}
  return (
    <div className="cited">
      <p className="cited-title">
        <bdi>{title}</bdi>
      </p>
      {address === undefined ? (
        source.url !== "" && <p className="quiet cited-address">{source.url.slice(0, MAX_TITLE_LENGTH)}</p>
      ) : (
        <p className="cited-address">
          <a href={address.href} target="_blank" rel="noopener noreferrer nofollow">
            {address.host}
          </a>
        </p>
      )}
      {quote !== undefined && <Quote {...quote} />}
    </div>
  )
}

interface CitedPassageViewProps extends CitedSourceProps {
  readonly source: CitedPassage
  readonly title: string
}

function CitedPassageView({ citation, source, title, context, leads = false }: CitedPassageViewProps) {
  const state = useSource(source.sourceId)
  if (state.state === "open") return <PlacedPassage {...{ citation, source, title, context, leads }} held={state} />
  return (
    <div className="cited">
      <Heading title={title} page={source.page} href={passageHref(source.sourceId, undefined)} />
      {source.anchor !== null && <Quote {...source.anchor.quote} />}
      {state.state === "failed" && <p className="cited-note">The source cannot be read on this device. Nothing of it was changed.</p>}
    </div>
  )
}

function PlacedPassage({ citation, source, title, context, leads = false, held }: CitedPassageViewProps & { readonly held: OpenSource }) {
  const text = useSourceText(held.source)
  const { place, passage } = placeInSource(citation, source, held)
  const here = place !== null && "from" in place ? place : undefined
  const page = (here === undefined ? undefined : held.source.pageAt(here.from)) ?? source.page
  const note = sourceNote(place, held.source.getState())
  return (
    <div className="cited">
      <Heading title={title} page={page} href={passageHref(source.sourceId, here)} />
      {here !== undefined ? (
        <Surroundings text={text} place={here} context={context} />
      ) : source.anchor !== null ? (
        <Quote {...source.anchor.quote} />
      ) : (
        passage !== undefined && <Quote exact={passage} prefix="" suffix="" />
      )}
      {note !== undefined && <p className="cited-note">{note}</p>}
      {leads && (
        <a className="button cited-lead" href={passageHref(source.sourceId, here)}>
          <Icon name="file" size={14} />
          Open the source
        </a>
      )}
    </div>
  )
}

/** Where what is cited stands in its source: the words, or where none are named the passage. */
function placeInSource(
  citation: Citation,
  { anchor, chunkId }: CitedPassage,
  { source }: OpenSource,
): { readonly place: StrictPlace | null; readonly passage: string | undefined } {
  const passage = chunkId === undefined ? undefined : source.getPassage(chunkId)?.text
  if (anchor !== null) return { place: resolveCitation(citation, undefined, source.text).source, passage }
  if (chunkId === undefined) return { place: null, passage }
  const range = source.placeOf(chunkId)
  return { place: range === undefined ? { state: "orphan" } : { state: "exact", ...range }, passage }
}

function sourceNote(place: StrictPlace | null, state: "absent" | "here" | "erased"): string | undefined {
  if (state === "erased") return "The source was erased for good. This is what was cited."
  if (state === "absent") return "The source is not on this device yet. This is what was cited."
  if (place?.state === "moved") return "The words stand elsewhere in the source than they did."
  if (place?.state === "orphan") return "The words are no longer in the source. This is what they were."
  if (place?.state === "ambiguous") return `It cannot be told which of ${place.candidates.length} places in the source is meant.`
  return undefined
}

function Heading({ title, page, href }: { readonly title: string; readonly page: number | undefined; readonly href: string }) {
  return (
    <p className="cited-title">
      <a href={href} title="Open the source">
        <bdi>{title}</bdi>
      </a>
      {page !== undefined && <span className="quiet">page {page.toLocaleString("en")}</span>}
    </p>
  )
}

function Quote({ exact, prefix, suffix }: { readonly exact: string; readonly prefix: string; readonly suffix: string }) {
  return (
    <p className="cited-context" dir="auto">
      <MarkedWords text={prefix + exact + suffix} marks={[{ start: prefix.length, end: prefix.length + exact.length }]} />
    </p>
  )
}

interface SurroundingsProps {
  readonly text: string
  readonly place: TextRange
  readonly context: number
}

function Surroundings({ text, place: { from, to }, context }: SurroundingsProps) {
  const start = edge(text, Math.max(0, from - context), from, 1)
  const end = edge(text, Math.min(text.length, to + context), to, -1)
  return (
    <p className="cited-context" dir="auto">
      {start > 0 && "… "}
      <MarkedWords text={text.slice(start, end)} marks={[{ start: from - start, end: to - start }]} />
      {end < text.length && " …"}
    </p>
  )
}

/** The nearest blank from `at` towards `words`, so that no word is cut, within the length of one. */
function edge(text: string, at: number, words: number, step: 1 | -1): number {
  if (at === 0 || at === text.length) return at
  for (let near = at, count = 0; near !== words && count < 24; near += step, count++) {
    if (/\s/u.test(text[step === 1 ? near : near - 1] ?? "")) return near
  }
  // Never within a character of two units.
  return /^[\udc00-\udfff]/u.test(text.slice(at, at + 1)) ? at + step : at
}
