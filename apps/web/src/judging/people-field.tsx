import { type Annotator, isSegment, MAX_ANNOTATORS } from "@polylogue/conversation"
import { useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { annotatorName } from "./round-words.ts"

interface PeopleFieldProps {
  readonly people: readonly Annotator[]
  /** Others who could be asked: whoever is here now. */
  readonly known: readonly Annotator[]
  /** Who works here. */
  readonly own: string
  readonly onPeople: (people: readonly Annotator[]) => void
}

/** Who judges: oneself, who is here, and whoever the relay knows by a name. */
export function PeopleField({ people, known, own, onPeople }: PeopleFieldProps) {
  const [typed, setTyped] = useState("")
  const name = typed.trim()
  const problem = name !== "" && !isSegment(name)
  const offered = known.filter(({ id }) => !people.some((one) => one.id === id))
  const all = [...people, ...offered]
  const full = people.length >= MAX_ANNOTATORS
  const add = (person: Annotator): void => {
    if (!full && !people.some(({ id }) => id === person.id)) onPeople([...people, person])
  }
  const addTyped = (): void => {
    if (name === "" || problem) return
    add({ id: name, name: "" })
    setTyped("")
  }
  return (
    <fieldset className="round-field">
      <legend>Who judges</legend>
      <ul className="people">
        {people.map((person) => (
          <li key={person.id} className="people-chip">
            <bdi>{annotatorName(person, all)}</bdi>
            {person.id === own && <span className="quiet">(you)</span>}
            <button
              type="button"
              className="icon-button"
              aria-label={`Take ${annotatorName(person, all)} out`}
              onClick={() => onPeople(people.filter(({ id }) => id !== person.id))}
            >
              <Icon name="close" size={12} />
            </button>
          </li>
        ))}
        {offered.map((person) => (
          <li key={person.id}>
            <button type="button" className="tag-chip" disabled={full} onClick={() => add(person)}>
              <Icon name="plus" size={12} /> <bdi>{annotatorName(person, all)}</bdi>
            </button>
          </li>
        ))}
      </ul>
      <div className="people-add">
        <input
          className="field"
          dir="ltr"
          aria-label="Somebody else, by the name that the relay knows"
          placeholder="Name that the relay knows"
          autoComplete="off"
          spellCheck={false}
          aria-invalid={problem}
          aria-describedby="people-said"
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.nativeEvent.isComposing) return
            event.preventDefault()
            addTyped()
          }}
        />
        <button type="button" className="button" disabled={name === "" || problem || full} onClick={addTyped}>
          Add
        </button>
      </div>
      <p id="people-said" className="quiet">
        {problem
          ? "A name has letters from a to z, digits and . _ ~ - only."
          : "Others can also join when they open the round: nobody has to be here now."}
      </p>
    </fieldset>
  )
}
