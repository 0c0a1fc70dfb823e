import type { Message, MessagePart } from "@polylogue/conversation"
import { CodeBlock } from "../../markdown/code-block.tsx"
import { FilePart } from "./file-part.tsx"
import { QuotePart } from "./quote-part.tsx"
import { ShownValue } from "./shown-value.tsx"
import { SourceParts } from "./source-parts.tsx"
import { ToolPart } from "./tool-part.tsx"
import { UnknownPart } from "./unknown-part.tsx"
import "./parts.css"

/** Code that is longer is shown as a value that can be unfolded. */
const MAX_CODE_LENGTH = 20_000

interface PartBlockProps {
  /** One part, or neighbouring `source` parts together. */
  readonly parts: readonly MessagePart[]
  readonly message: Pick<Message, "id" | "imported">
}

/** Parts of a message other than text, each as its type wants; whatever is in them was written by strangers and by models. */
export default function PartBlock({ parts, message }: PartBlockProps) {
  const [part] = parts
  if (part === undefined) return null
  switch (part.type) {
    case "file":
      return <FilePart part={part} />
    case "quote":
      return <QuotePart part={part} />
    case "source":
      return <SourceParts parts={parts} />
    case "tool":
      return <ToolPart part={part} messageId={message.id} imported={message.imported} />
    case "code":
      return <CodePart part={part} />
    default:
      return <UnknownPart part={part} />
  }
}

function CodePart({ part }: { readonly part: MessagePart }) {
  const { language } = part.fields
  const code = part.text ?? ""
  if (code.length > MAX_CODE_LENGTH) return <ShownValue label="Code" value={code} />
  return <CodeBlock language={typeof language === "string" ? language.slice(0, 40) : ""} code={code} />
}
