import type { MessagePart } from "@polylogue/conversation"
import { type ComponentType, lazy, Suspense } from "react"

// The page can be read before the renderer has arrived; the request for it starts with the app. Where it never arrives (a first visit that is
// cut off) texts stand as they were written.
interface Renderer {
  readonly default: ComponentType<{ readonly text: string; readonly streaming?: boolean }>
}
const renderer: Promise<Renderer> = import("./markdown.tsx").catch((): Renderer => ({ default: PlainText }))
const Markdown = lazy(() => renderer)

/** The parts of a message, each as its type wants. Types that this version does not know are shown as they are stored. */
export function MessageParts({ parts, role }: { readonly parts: readonly MessagePart[]; readonly role: string }) {
  return parts.map((part) => <Part key={part.pid} part={part} role={role} />)
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
      <pre className="part-raw" dir="auto">
        {part.text ?? JSON.stringify(part.fields, null, 2)}
      </pre>
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
        <Suspense fallback={<PlainText text={text} />}>
          <Markdown text={text} streaming={streaming} />
        </Suspense>
      </div>
      {streaming && <span className="visually-hidden">Still being written</span>}
    </>
  )
}

function PlainText({ text }: { readonly text: string; readonly streaming?: boolean }) {
  return (
    <p className="plain-text" dir="auto">
      {text}
    </p>
  )
}
