import { createContext, isValidElement, memo, type ReactNode, useContext } from "react"
import ReactMarkdown, { type Components } from "react-markdown"
import rehypeSanitize, { defaultSchema } from "rehype-sanitize"
import remarkGfm from "remark-gfm"
import { CodeBlock } from "./code-block.tsx"
import { closeMarks, markdownBlocks } from "./markdown-blocks.ts"
import "./markdown.css"

/**
 * What a model or a stranger wrote, as Markdown. It is hostile until shown otherwise: raw HTML stands as text, links go to http, https and mailto
 * only and tell the other side nothing, and an image is a link, for loading it would tell its host who reads.
 */
export default function Markdown({ text, streaming = false }: { readonly text: string; readonly streaming?: boolean }) {
  const blocks = markdownBlocks(text)
  return blocks.map((block, index) => (
    <MarkdownBlock key={index} text={streaming && index === blocks.length - 1 ? closeMarks(block) : block} />
  ))
}

const MarkdownBlock = memo(function MarkdownBlock({ text }: { readonly text: string }) {
  return (
    <ReactMarkdown remarkPlugins={REMARK_PLUGINS} rehypePlugins={REHYPE_PLUGINS} components={COMPONENTS}>
      {text}
    </ReactMarkdown>
  )
})

interface Node {
  type: string
  children?: Node[]
}

/** Makes text of raw HTML. The sanitiser would drop it, and what somebody wrote would be gone from the screen. */
function rawAsText(): (tree: Node) => void {
  return (tree) => {
    const open = [tree]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node.type === "raw") node.type = "text"
      open.push(...(node.children ?? []))
    }
  }
}

const REMARK_PLUGINS = [remarkGfm]
const PROTOCOLS = { ...defaultSchema.protocols, href: ["http", "https", "mailto"], src: ["http", "https"] }
const REHYPE_PLUGINS = [rawAsText, [rehypeSanitize, { ...defaultSchema, protocols: PROTOCOLS }]] as never

const COMPONENTS: Components = {
  a: ({ href, children }) => <Link href={href}>{children}</Link>,
  img: ({ src, alt }) => (
    <Link href={typeof src === "string" ? src : undefined}>Image: {alt || hostOf(src) || "without a description"}</Link>
  ),
  pre: ({ children }) => {
    const { language, code } = codeOf(children)
    return <CodeBlock language={language} code={code} />
  },
  table: ({ children }) => (
    // reason: a wide table scrolls by itself, and what scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="markdown-table" tabIndex={0} role="region" aria-label="Table">
      <table>{children}</table>
    </div>
  ),
  p: ({ children }) => <p dir="auto">{children}</p>,
  li: ({ children, className }) => (
    <li dir="auto" className={className}>
      {children}
    </li>
  ),
  blockquote: ({ children }) => <blockquote dir="auto">{children}</blockquote>,
  h1: ({ children }) => <h3 dir="auto">{children}</h3>,
  h2: ({ children }) => <h4 dir="auto">{children}</h4>,
  h3: ({ children }) => <h5 dir="auto">{children}</h5>,
  h4: ({ children }) => <h6 dir="auto">{children}</h6>,
  h5: ({ children }) => <h6 dir="auto">{children}</h6>,
  h6: ({ children }) => <h6 dir="auto">{children}</h6>,
}

/** A link cannot stand in a link; an image that is one is shown as its words there. */
const InLink = createContext(false)

function Link({ href, children }: { readonly href?: string | undefined; readonly children?: ReactNode }) {
  const inLink = useContext(InLink)
  // A fragment would change the app's own address, which names the conversation.
  if (inLink || href === undefined || href === "" || href.startsWith("#")) return <span>{children}</span>
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={hostOf(href) ?? href}>
      <InLink value={true}>{children}</InLink>
    </a>
  )
}

function hostOf(url: unknown): string | undefined {
  if (typeof url !== "string") return undefined
  return URL.canParse(url) ? new URL(url).host : undefined
}

/** The text and the language in the `code` element of a `pre`. */
function codeOf(children: ReactNode): { readonly language: string; readonly code: string } {
  if (!isValidElement<{ readonly className?: string; readonly children?: ReactNode }>(children))
    return { language: "", code: textOf(children) }
  const language = /language-([\w+#.-]+)/.exec(children.props.className ?? "")?.[1] ?? ""
  return { language, code: textOf(children.props.children).replace(/\n$/, "") }
}

function textOf(node: ReactNode): string {
  if (typeof node === "string") return node
  return Array.isArray(node) ? node.map(textOf).join("") : ""
}
