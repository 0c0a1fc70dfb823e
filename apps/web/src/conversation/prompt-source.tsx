import { type Message, readMessagePrompt } from "@polylogue/conversation"
import { promptHref } from "../prompts/prompt-route.ts"
import { quoted } from "../conversation-list/card-text.ts"
import "./prompt-source.css"

/** Says which version of a prompt a message was made from, and leads there. */
export function PromptSource({ message }: { readonly message: Message }) {
  const source = readMessagePrompt(message.prompt)
  if (source === undefined) return null
  const { promptId, versionId, name, number } = source
  const words = [name === "" ? "From a prompt" : `From prompt ${quoted(name)}`, ...(number === undefined ? [] : [`v${number}`])].join(" ")
  return (
    <a className="quiet prompt-source" href={promptHref(promptId, { versionId })}>
      {words}
    </a>
  )
}
