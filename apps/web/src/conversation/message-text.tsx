import type { MessagePart } from "@polylogue/conversation"
import { type ComponentType, Fragment, lazy, memo, Suspense, useState } from "react"
import { counted } from "../frame/relative-time.ts"
import { beginningOf, isLongText, plainPieces } from "../markdown/long-text.ts"
import { PartEnding } from "./part-ending.tsx"

// The page can be read before the renderer has arrived; the request for it starts with the app. Where it never arrives (a first visit that is
// cut off) texts stand as they were written.
interface Renderer {
  readonly default: ComponentType<{ readonly text: string; readonly streaming?: boolean }>
}
const renderer: Promise<Renderer> = import("../markdown/markdown.tsx").catch((): Renderer => ({ default: PlainText }))
const Markdown = lazy(() => renderer)

/** The parts of a message, each as its type wants. Types that this version does not know are shown as they are stored. */
export function MessageParts({ parts, role }: { readonly parts: readonly MessagePart[]; readonly role: string }) {
  return parts.map((part) => (
    <Fragment key={part.pid}>
      <Part part={part} role={role} />
      <PartEnding part={part} />
    </Fragment>
  ))
}

function Part({ part, role }: { readonly part: MessagePart; readonly role: string }) {
  const text = part.text ?? ""
  const streaming = part.state === "streaming" || part.state === "input-streaming"
  if (part.type === "text") return <PartText text={text} role={role} streaming={streaming} />
  if (part.type === "reasoning" || part.type === "thoughts") {
    return (
      <details className="part-fold" open={streaming}>
        <summary>{streaming ? "Thinking" : "Thoughts"}</summary>
        <PartText text={text} role={role} streaming={streaming} />
      </details>
    )
  }
  return (
    <details className="part-fold">
      <summary>{part.type}</summary>
      <RawText text={part.text ?? JSON.stringify(part.fields, null, 2)} />
    </details>
  )
}

interface PartTextProps {
  readonly text: string
  readonly role: string
  readonly streaming: boolean
}

function PartText({ text, role, streaming }: PartTextProps) {
  return (
    <>
      <div className={role === "user" ? "markdown markdown-user" : "markdown"} data-streaming={streaming || undefined}>
        {isLongText(text) ? (
          <LongText text={text} />
        ) : (
          <Suspense fallback={<PlainText text={text} />}>
            <Markdown text={text} streaming={streaming} />
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
