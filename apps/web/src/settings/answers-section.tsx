import { type HeardResponder, usePolylogue, useReplicaStatus, useResponders } from "@polylogue/react"
import { NOBODY, offerName, whoIsAsked } from "../answers/offers.ts"
import { chooseUsually, useChosen } from "../answers/remembered-choice.ts"
import { useOffers } from "../answers/use-who-answers.ts"
import { CopyButton } from "../frame/copy-button.tsx"
import { useNow } from "../frame/now.ts"
import { exactDate, relativeDate } from "../frame/relative-time.ts"
import { connectionWords } from "./answers-words.ts"
import "./answers-section.css"

/** Who answers in the workspace, whom new conversations ask, and how a model is connected. */
export function AnswersSection() {
  const { connection, relayTimeOffsetMs } = useReplicaStatus()
  const responders = useResponders()
  const { offers } = useOffers()
  const now = useNow() + relayTimeOffsetMs
  const online = connection === "online"
  return (
    <section className="setting-facts" aria-label="Answers">
      <div className="setting">
        <h3>Who answers here</h3>
        <p>{connectionWords(offers, { online, running: responders.length > 0 })}</p>
        {responders.length > 0 && (
          <ul className="responders" aria-label="Responders">
            {responders.map((heard) => (
              <ResponderItem key={heard.card.id} heard={heard} isRunning={online && heard.until > now} now={now} />
            ))}
          </ul>
        )}
      </div>
      {offers.length > 0 && <UsualAnswerer />}
      <ConnectModel />
    </section>
  )
}

interface ResponderItemProps {
  readonly heard: HeardResponder
  readonly isRunning: boolean
  readonly now: number
}

function ResponderItem({ heard: { card, asOf }, isRunning, now }: ResponderItemProps) {
  const models = card.models.map(offerName).join(", ")
  return (
    <li className="responders-item">
      <p>
        <strong dir="auto">{card.name}</strong>{" "}
        <span className="quiet" title={exactDate(asOf)}>
          {isRunning ? "running" : `last heard ${relativeDate(asOf, now)}`}
        </span>
      </p>
      <p className="quiet" dir="auto">
        {models === "" ? "Offers nothing." : models}
      </p>
      {card.problem !== null && (
        <p className="responders-problem" dir="auto">
          {card.problem}
        </p>
      )}
    </li>
  )
}

/** Whom conversations ask in which nobody chose. */
function UsualAnswerer() {
  const polylogue = usePolylogue()
  const user = polylogue.user ?? polylogue.author.id
  const { offers } = useOffers()
  const { usual } = useChosen(user)
  const byItself = whoIsAsked({ offers, chosen: undefined, usual: undefined, hasSources: true, isFirst: false })
  const values: readonly (readonly [choice: string | undefined, name: string])[] = [
    [undefined, byItself === undefined ? "What is offered" : `What is offered first (${offerName(byItself)})`],
    ...offers.map((offer) => [offer.id, offerName(offer)] as const),
    [NOBODY, "Nobody"],
  ]
  // One that is offered no more counts for nothing, until it is again.
  const chosen = values.some(([choice]) => choice === usual) ? usual : undefined
  return (
    <fieldset className="setting">
      <legend>Who answers in new conversations</legend>
      <div className="setting-values usual-answerers">
        {values.map(([choice, name]) => (
          <label key={choice ?? "default"} className="setting-value">
            <input type="radio" name="usual-answerer" checked={choice === chosen} onChange={() => chooseUsually(user, choice)} />
            <span dir="auto">{name}</span>
          </label>
        ))}
      </div>
      <p className="quiet">Each conversation can have another one: choose below the text that you write there.</p>
    </fieldset>
  )
}

const WAYS = [
  { name: "Ollama", command: "npx polylogue serve --model-url http://127.0.0.1:11434/v1 --model qwen3" },
  { name: "OpenAI", command: "npx polylogue serve --model-api responses --model gpt-5-mini --api-key-file key.txt" },
  { name: "Anthropic", command: "npx polylogue serve --model-api anthropic --model claude-sonnet-4-5 --api-key-file key.txt" },
  {
    name: "Others that speak as OpenAI does",
    command: "npx polylogue serve --model-url https://models.example/v1 --model llama-3.3-70b --api-key-file key.txt",
  },
] as const

function ConnectModel() {
  return (
    <div className="setting">
      <h3>How to connect a model</h3>
      <p className="quiet">Where the relay is started. Keys stay there: no document and no browser ever has one.</p>
      <dl className="connect-ways">
        {WAYS.map(({ name, command }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code dir="ltr">{command}</code>
              <CopyButton text={command} label={`Copy the command for ${name}`} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
