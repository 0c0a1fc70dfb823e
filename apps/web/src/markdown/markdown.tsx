import { Component, isValidElement, memo, type ReactNode, startTransition, use, useEffect, useId, useMemo, useState } from "react"
import ReactMarkdown, { type Components } from "react-markdown"
import { CodeBlock, OpenCode } from "./code-block.tsx"
import { hostOf } from "./link-host.ts"
import { Link, textOf } from "./link.tsx"
import { mayBeMarkdown, plainPieces } from "./long-text.ts"
import { foldedBlock, hasNotes, isOpenFence, linkDefinitions, markdownBlocks, withDefinitions } from "./markdown-blocks.ts"
import { REMARK_PLUGINS, REMARK_REHYPE_OPTIONS, rehypePluginsFor } from "./markdown-options.ts"
import { MarkFaceContext, useMarkedText } from "./marked-texts.ts"
import { Maths, mathsKind, OpenMaths } from "./maths.tsx"
import { closeMarks } from "./open-marks.ts"
import { TableBlock } from "./table-block.tsx"
import { marksWithin, type TextMark } from "./text-marks.ts"
import "./markdown.css"

/** UTF-16 units at the beginning and at the end of a text that are rendered at once; what is between comes in the browser's spare time. */
const FIRST_LENGTH = 3_000
const LAST_LENGTH = 3_000
/** Pieces of a text above which it is shown as it was written: each is an element to lay out. */
const MAX_BLOCKS = 1_000
/** Folds within folds, below which `<details>` is text. */
const MAX_FOLDS = 3

interface MarkdownProps {
  readonly text: string
  /** Whether somebody is still writing it. */
  readonly streaming?: boolean
  /** How many folds it stands in. */
  readonly depth?: number
  /** The part of a message that it is: what is known of it, such as its citations, is marked in it. */
  readonly messageId?: string
  readonly partId?: string
}

/**
 * What a model or a stranger wrote, as Markdown. It is hostile until shown otherwise: raw HTML stands as text, links go to http, https and mailto
 * only and tell the other side nothing, and an image is a link, for loading it would tell its host who reads.
 */
export default function Markdown({ text, streaming = false, depth = 0, messageId, partId }: MarkdownProps) {
  const blocks = markdownBlocks(text)
  const all = useSpareTime(text.length > FIRST_LENGTH + LAST_LENGTH)
  const scope = useId()
  const definitions = linkDefinitions(text)
  const marked = useMarkedText(messageId, partId)
  if (blocks.length > MAX_BLOCKS) return <PlainBlock text={text} />
  const from = all ? 0 : blocksWithin(blocks, FIRST_LENGTH)
  const to = all ? 0 : blocks.length - blocksWithin(blocks.toReversed(), LAST_LENGTH)
  const starts = marked === undefined ? [] : startsOf(blocks)
  const shown = blocks.map((block, index) => {
    // It stands as it was written until there is time for it.
    if (index >= from && index < to) return <PlainBlock key={index} text={block} />
    const open = streaming && index === blocks.length - 1
    const whole = open ? block : withDefinitions(block, definitions)
    const marks = marked === undefined ? "" : writtenMarks(marksWithin(marked.marks, starts[index] ?? 0, block.length))
    return <Block key={index} text={whole} open={open} depth={depth} scope={hasNotes(block) ? scope : undefined} marks={marks} />
  })
  return marked === undefined ? shown : <MarkFaceContext value={marked.face}>{shown}</MarkFaceContext>
}

/** Where each block begins in the text that they are of. */
function startsOf(blocks: readonly string[]): readonly number[] {
  const starts = [0]
  for (const block of blocks) starts.push((starts.at(-1) ?? 0) + block.length)
  return starts
}

/** Marks as a text: the same marks are the same, and nothing renders for them again. */
function writtenMarks(marks: readonly TextMark[]): string {
  return marks.length === 0 ? "" : JSON.stringify(marks)
}

/** How many blocks at the beginning have at most `length` UTF-16 units together. */
function blocksWithin(blocks: readonly string[], length: number): number {
  let rest = length
  const beyond = blocks.findIndex((block) => (rest -= block.length) < 0)
  return beyond === -1 ? blocks.length : beyond
}

/** False at first when there is `much` to do; true once the browser has had time for it. */
function useSpareTime(much: boolean): boolean {
  const [spare, setSpare] = useState(!much)
  useEffect(() => {
    // A transition gives way to whatever else the page has to do, between any two blocks.
    if (!spare) startTransition(() => setSpare(true))
  }, [spare])
  return spare
}

interface BlockProps {
  readonly text: string
  readonly open: boolean
  readonly depth: number
  /** Makes the ids of footnotes unique on the page; only texts that have some are given one. */
  readonly scope: string | undefined
  /** What is marked in it, as a text. */
  readonly marks: string
}

const Block = memo(function Block({ text, open, depth, scope, marks }: BlockProps) {
  const folded = depth < MAX_FOLDS ? foldedBlock(text) : undefined
  if (folded !== undefined) return <Folded {...folded} depth={depth + 1} begunOpen={open} />
  const { text: closed, openMaths } = open ? closeMarks(text) : { text, openMaths: undefined }
  if (!mayBeMarkdown(closed)) return <PlainBlock text={text} />
  return (
    <OpenMaths value={openMaths}>
      <OpenCode value={open && isOpenFence(text) ? (text.endsWith("\n") ? "between" : "within") : undefined}>
        <Unbreaking text={text}>
          <Rendered text={closed} scope={scope} marks={marks} />
        </Unbreaking>
      </OpenCode>
    </OpenMaths>
  )
})

/** Pieces that are the same after closing what is open, as most tokens leave them, render once. */
const Rendered = memo(function Rendered({ text, scope, marks }: Pick<BlockProps, "text" | "scope" | "marks">) {
  const rehypePlugins = useMemo(
    () => rehypePluginsFor(scope, marks === "" ? [] : (JSON.parse(marks) as readonly TextMark[])),
    [scope, marks],
  )
  return (
    <ReactMarkdown
      remarkPlugins={REMARK_PLUGINS}
      rehypePlugins={rehypePlugins}
      remarkRehypeOptions={REMARK_REHYPE_OPTIONS}
      components={COMPONENTS}
    >
      {text}
    </ReactMarkdown>
  )
})

interface FoldedProps {
  readonly summary: string
  readonly text: string
  readonly depth: number
  readonly begunOpen: boolean
}

/** What an author folded away. One that its reader saw being written stays open. */
function Folded({ summary, text, depth, begunOpen }: FoldedProps) {
  const [unfolded] = useState(begunOpen)
  return (
    <details className="markdown-fold" open={unfolded}>
      <summary dir="auto">{summary === "" ? "Details" : summary}</summary>
      <Markdown text={text} depth={depth} />
    </details>
  )
}

function PlainBlock({ text }: { readonly text: string }) {
  return plainPieces(text.replace(/\n+$/, "")).map((piece, index) => (
    <p key={index} className={piece.length < text.length / 2 ? "plain-text plain-piece" : "plain-text"} dir="auto">
      {piece.replace(/\n$/, "")}
    </p>
  ))
}

interface Attempt {
  readonly text: string
  readonly failed: boolean
}

/** Shows the text as it was written should the renderer give up on it: words are never missing from the page. */
class Unbreaking extends Component<{ readonly text: string; readonly children: ReactNode }, Attempt> {
  override state: Attempt = { text: this.props.text, failed: false }

  static getDerivedStateFromProps(props: { readonly text: string }, state: Attempt): Attempt | null {
    return props.text === state.text ? null : { text: props.text, failed: false }
  }

  static getDerivedStateFromError(): Partial<Attempt> {
    return { failed: true }
  }

  override render(): ReactNode {
    return this.state.failed ? <PlainBlock text={this.props.text} /> : this.props.children
  }
}

const COMPONENTS: Components = {
  a: ({ href, id, children }) => (
    <Link href={href} id={id}>
      {children}
    </Link>
  ),
  img: ({ src, alt }) => (
    <Link href={typeof src === "string" ? src : undefined}>Image: {alt || hostOf(src) || "without a description"}</Link>
  ),
  code: ({ className, children }) => {
    const kind = mathsKind(className)
    if (kind !== undefined) return <Maths source={textOf(children)} display={kind === "display"} />
    return <code dir="ltr">{children}</code>
  },
  pre: ({ children }) => {
    const { language, code } = codeOf(children)
    return language === "math" ? <Maths source={code} display /> : <CodeBlock language={language} code={code} />
  },
  table: ({ children }) => <TableBlock>{children}</TableBlock>,
  cite: ({ id }) => <MarkFace id={id ?? ""} />,
  input: ({ checked }) => <TaskMark done={checked === true} />,
  th: ({ children, style, dir }) => (
    <th dir={dir} scope="col" style={style}>
      {children}
    </th>
  ),
  // The page and the conversation have the headings above these.
  h1: ({ children, dir }) => <h3 dir={dir}>{children}</h3>,
  h2: ({ children, dir }) => <h4 dir={dir}>{children}</h4>,
  h3: ({ children, dir }) => <h5 dir={dir}>{children}</h5>,
  h4: ({ children, dir }) => <h6 dir={dir}>{children}</h6>,
  h5: ({ children, dir }) => <h6 dir={dir}>{children}</h6>,
  h6: ({ children, dir }) => <h6 dir={dir}>{children}</h6>,
}

/** What stands for a mark. */
function MarkFace({ id }: { readonly id: string }) {
  return use(MarkFaceContext)?.(id)
}

/** A task's box, which is a picture: nobody can tick what another wrote. */
function TaskMark({ done }: { readonly done: boolean }) {
  return (
    <span className="task-mark" role="img" aria-label={done ? "Done:" : "To do:"}>
      {done ? "☑" : "☐"}
    </span>
  )
}

/** The text and the language in the `code` element of a `pre`. */
function codeOf(children: ReactNode): { readonly language: string; readonly code: string } {
  if (!isValidElement<{ readonly className?: string; readonly children?: ReactNode }>(children))
    return { language: "", code: textOf(children) }
  const language = /language-([\w+#.-]+)/.exec(children.props.className ?? "")?.[1] ?? ""
  return { language, code: textOf(children.props.children).replace(/\n$/, "") }
}
