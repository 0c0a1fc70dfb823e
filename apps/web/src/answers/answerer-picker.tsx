import { type Command, useCommands } from "../palette/commands.ts"
import { NOBODY, offerName } from "./offers.ts"
import type { WhoAnswers } from "./use-who-answers.ts"
import "./answerer-picker.css"

/** Who answers what is being written. Nothing where nobody ever could. */
export function AnswererPicker({ who }: { readonly who: WhoAnswers }) {
  const { offers, asked, choose } = who
  useCommands(commandsOf(who))
  if (offers.length === 0) return null
  return (
    <label className="answerer-picker">
      <span className="visually-hidden">Who answers</span>
      <select data-testid="who-answers" value={asked?.id ?? NOBODY} onChange={({ target }) => choose(target.value)}>
        {offers.map((offer) => (
          <option key={offer.id} value={offer.id} dir="auto">
            {offerName(offer)}
          </option>
        ))}
        <option value={NOBODY}>Nobody answers</option>
      </select>
    </label>
  )
}

/** What is to be known before one asks: when the answer comes, where that is not at once, and what it is made of where no model answers. */
export function AnswerNote({ who: { note } }: { readonly who: WhoAnswers }) {
  return note === undefined ? null : <p className="answer-note">{note}</p>
}

function commandsOf({ offers, asked, choose }: WhoAnswers): readonly Command[] {
  if (offers.length === 0) return []
  const words = "model answer reply ask ai assistant"
  const others = offers.filter(({ id }) => id !== asked?.id)
  const commands = others.map((offer): Command => {
    const name = `Answer with ${offerName(offer)}`
    return { id: `answer ${offer.id}`, group: "This conversation", name, icon: "comment", words, run: () => choose(offer.id) }
  })
  if (asked === undefined) return commands
  return [
    ...commands,
    { id: "answer", group: "This conversation", name: "Let nobody answer", icon: "comment", words, run: () => choose(NOBODY) },
  ]
}
