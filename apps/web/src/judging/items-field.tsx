import type { ConversationCard, NewRoundItem } from "@polylogue/conversation"
import { usePolylogue } from "@polylogue/react"
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react"
import { cardTitle, fold } from "../conversation-list/card-text.ts"
import { counted } from "../frame/relative-time.ts"
import { itemsOfConversation } from "./items-of-conversation.ts"

/** What a conversation has to judge, once it was looked through. */
export type FoundItems = readonly NewRoundItem[] | "looking" | "failed"

interface ItemsFieldProps {
  readonly cards: readonly ConversationCard[]
  readonly chosen: ReadonlyMap<string, FoundItems>
  readonly onChosen: (change: (before: ReadonlyMap<string, FoundItems>) => ReadonlyMap<string, FoundItems>) => void
}

/** So many conversations are listed; whoever has more looks for those they mean. */
const LISTED = 50

/** Which conversations the questions come from. What each has is counted when it is chosen: nothing is opened before. */
export function ItemsField({ cards, chosen, onChosen }: ItemsFieldProps) {
  const polylogue = usePolylogue()
  const [query, setQuery] = useState("")
  const sought = useDeferredValue(query)
  const listed = useMemo(() => {
    const words = fold(sought).split(/\s+/u).filter(Boolean)
    const found = cards.filter((card) => {
      const text = fold([card.title, card.snippet, ...card.tags].join("\n"))
      return words.every((word) => text.includes(word))
    })
    return { shown: found.slice(0, LISTED), more: Math.max(0, found.length - LISTED) }
  }, [cards, sought])
  const alive = useRef(true)
  useEffect(() => {
    alive.current = true
    return () => void (alive.current = false)
  }, [])
  const toggle = (id: string): void => {
    if (chosen.has(id)) return onChosen((before) => new Map([...before].filter(([known]) => known !== id)))
    const note = (found: FoundItems): void => {
      // Who took it out again meanwhile, or closed the dialog, does not get it back.
      if (alive.current) onChosen((before) => (before.has(id) ? new Map(before).set(id, found) : before))
    }
    onChosen((before) => new Map(before).set(id, "looking"))
    itemsOfConversation(polylogue, id).then(note, () => note("failed"))
  }
  return (
    <fieldset className="round-field">
      <legend>Questions from which conversations</legend>
      {cards.length > 0 && (
        <>
          <p id="round-items-said" className="quiet">
            Those at which passages are kept: at a question or an answer choose “Look up in sources”, then “Keep with this message”.
          </p>
          <input
            type="search"
            className="field"
            dir="auto"
            placeholder="Find by title, tag or words"
            aria-label="Find a conversation by title, tag or words"
            aria-describedby="round-items-said"
            autoComplete="off"
            value={query}
            onChange={({ target }) => setQuery(target.value)}
          />
          {listed.shown.length > 0 && (
            <ul className="round-conversations" aria-label="Conversations">
              {listed.shown.map((card) => (
                <li key={card.id}>
                  <label className="round-conversation">
                    <input type="checkbox" checked={chosen.has(card.id)} onChange={() => toggle(card.id)} />
                    <span className="round-conversation-title" dir="auto">
                      {cardTitle(card)}
                    </span>
                    <span className="quiet">{countWords(chosen.get(card.id))}</span>
                  </label>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
      <p className="quiet" role="status">
        {listed.shown.length === 0 &&
          (query === "" ? "There are no conversations yet. Questions come from what was looked up in them." : "No conversation matches.")}
        {listed.more > 0 && `${counted(listed.more, "other")} not listed: look for them by their words.`}
      </p>
    </fieldset>
  )
}

function countWords(found: FoundItems | undefined): string {
  if (found === undefined) return ""
  if (found === "looking") return "Counting"
  if (found === "failed") return "Cannot be read"
  return found.length === 0 ? "No passages are kept in it" : counted(found.length, "question")
}
