import { type Message, type MessagePart, supersededParts } from "@polylogue/conversation"
import { type ComponentType, Fragment, lazy, memo, Suspense, useState } from "react"
import { counted } from "../frame/relative-time.ts"
import { beginningOf, isLongText, plainPieces } from "../markdown/long-text.ts"
import { PartEnding } from "./part-ending.tsx"
import { partGroups } from "./parts/part-groups.ts"
import { ReasoningPart } from "./parts/reasoning-part.tsx"

// The page can be read before the renderer has arrived; the request for it starts with the app. Where it never arrives (a first visit that is
// cut off) texts stand as they were written.
interface Renderer {
  readonly default: ComponentType<{
    readonly text: string
    readonly streaming?: boolean
    readonly messageId?: string
    readonly partId?: string
  }>
}
const renderer: Promise<Renderer> = import("../markdown/markdown.tsx").catch((): Renderer => ({ default: PlainText }))
const Markdown = lazy(() => renderer)

// Most messages are text alone: what shows files, tools and the like comes on its own, and is asked for with the app.
interface Blocks {
  readonly default: ComponentType<{ readonly parts: readonly MessagePart[]; readonly message: Message }>
}
const blocks: Promise<Blocks> = import("./parts/part-block.tsx").catch((): Blocks => ({ default: PlainParts }))
const PartBlock = lazy(() => blocks)

/** The parts of a message, each as its type wants. Types that this version does not know are shown as they are stored. */
export function MessageParts({ message }: { readonly message: Message }) {
  const superseded = supersededParts(message.parts)
  if (superseded.size === 0) return <Parts parts={message.parts} message={message} />
  const isShown = ({ pid }: MessagePart): boolean => !superseded.has(pid)
  return (
    <>
      <details className="part-fold">
        <summary>An attempt that broke off</summary>
        <Parts parts={message.parts.filter((part) => !isShown(part))} message={message} />
      </details>
      <Parts parts={message.parts.filter(isShown)} message={message} />
    </>
  )
}

function Parts({ parts, message }: { readonly parts: readonly MessagePart[]; readonly message: Message }) {
  return partGroups(parts).map((parts) => {
    const [first] = parts
    return (
      <Fragment key={first?.pid}>
        <PartGroup parts={parts} message={message} />
        {/* The call of a tool says itself how it ended. */}
        {first !== undefined && first.type !== "tool" && <PartEnding part={first} />}
      </Fragment>
    )
  })
}

function PartGroup({ parts, message }: { readonly parts: readonly MessagePart[]; readonly message: Message }) {
  const [part] = parts
  if (part === undefined) return null
  const text = <PartText part={part} message={message} />
  if (part.type === "text") return text
  if (part.type === "reasoning" || part.type === "thoughts") return <ReasoningPart part={part}>{text}</ReasoningPart>
  return (
    <Suspense fallback={<PlainParts parts={parts} />}>
      <PartBlock parts={parts} message={message} />
    </Suspense>
  )
}

/** What stands there until the form of these parts has come: their words, or what they are. */
function PlainParts({ parts }: { readonly parts: readonly MessagePart[] }) {
  return parts.map((part) => <RawText key={part.pid} text={part.text ?? part.type} />)
}

function PartText({ part, message }: { readonly part: MessagePart; readonly message: Message }) {
  const text = part.text ?? ""
  const streaming = part.state === "streaming"
  return (
    <>
      <div
        className={message.role === "user" ? "markdown markdown-user" : "markdown"}
        data-streaming={streaming || undefined}
        data-part={part.pid}
      >
        {isLongText(text) ? (
          <LongText text={text} />
        ) : (
          <Suspense fallback={<PlainText text={text} />}>
            <Markdown text={text} streaming={streaming} messageId={message.id} partId={part.pid} />
          </Suspense>
        )}
      </div>
      {streaming && <span className="visually-hidden">Still being written</span>}
    </>
  )
}

function RawText({ text }: { readonly text: string }) {
  if (isLongText(text)) return <LongText text={text} />
  return (
    <pre className="part-raw" dir="auto">
      {text}
    </pre>
  )
}

/** A text too long for Markdown: as it was written, how it begins until all of it is asked for. */
const LongText = memo(function LongText({ text }: { readonly text: string }) {
  const [whole, setWhole] = useState(false)
  return (
    <>
      {whole ? (
        plainPieces(text).map((piece, index) => (
          <p key={index} className="plain-text plain-piece" dir="auto">
            {piece.replace(/\n$/, "") || "\n"}
          </p>
        ))
      ) : (
        <PlainText text={`${beginningOf(text)}…`} />
      )}
      <p className="long-text-foot">
        <span className="quiet">A long text, shown as it was written: {counted(text.length, "character")}.</span>
        <button type="button" className="button" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? "Show the beginning only" : "Show all"}
        </button>
      </p>
    </>
  )
})

function PlainText({ text }: { readonly text: string; readonly streaming?: boolean }) {
  return (
    <p className="plain-text" dir="auto">
      {text}
    </p>
  )
}
