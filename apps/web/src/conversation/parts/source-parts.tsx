import type { MessagePart } from "@polylogue/conversation"
import { FilePart } from "./file-part.tsx"
import { webAddress } from "./file-fields.ts"

const MAX_TEXT_LENGTH = 300

/** What an answer stands on: a numbered list. A title can claim anything, so the host of its address always stands beside it. */
export function SourceParts({ parts }: { readonly parts: readonly MessagePart[] }) {
  return (
    <section className="sources" aria-label="Sources">
      <ol>
        {parts.map((part) => (
          <li key={part.pid}>
            <Source part={part} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function Source({ part }: { readonly part: MessagePart }) {
  const { fields } = part
  const url = webAddress(fields["url"])
  const title = shortText(fields["title"])
  const snippet = shortText(fields["snippet"] ?? part.text)
  if (url === undefined && fields["sha256"] !== undefined) {
    return <FilePart part={{ ...part, fields: { ...fields, name: fields["name"] ?? fields["title"] } }} />
  }
  const host = url?.host
  return (
    <>
      {url === undefined ? (
        <span dir="auto">{title ?? "A source without an address"}</span>
      ) : (
        <a href={url.href} target="_blank" rel="noopener noreferrer nofollow" dir="auto">
          {title ?? url.href.slice(0, MAX_TEXT_LENGTH)}
        </a>
      )}
      {host !== undefined && <span className="source-host"> {host}</span>}
      {snippet !== undefined && (
        <p className="source-snippet" dir="auto">
          {snippet}
        </p>
      )}
    </>
  )
}

function shortText(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.slice(0, MAX_TEXT_LENGTH) : undefined
}
