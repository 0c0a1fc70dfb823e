import type { MessagePart } from "@polylogue/conversation"
import { PartFold } from "./part-fold.tsx"
import { ShownValue } from "./shown-value.tsx"

const MAX_NAME_LENGTH = 80

/** A part without a form of its own: data of a program, or a type that this version does not know. It is kept whatever it is. */
export function UnknownPart({ part }: { readonly part: MessagePart }) {
  const { type, text, fields } = part
  const name = fields["name"]
  const summary =
    type === "data" ? (typeof name === "string" && name !== "" ? `Data: ${short(name)}` : "Data") : `Unknown part: ${short(type)}`
  const value = type === "data" && "data" in fields ? fields["data"] : fields
  const empty = typeof value === "object" && value !== null && Object.keys(value).length === 0
  return (
    <PartFold summary={<bdi>{summary}</bdi>}>
      {() => (
        <>
          {text !== null && text !== "" && <ShownValue label="Text" value={text} />}
          {(text === null || !empty) && <ShownValue label={type === "data" ? "Data" : "Fields"} value={value} />}
        </>
      )}
    </PartFold>
  )
}

function short(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name
}
