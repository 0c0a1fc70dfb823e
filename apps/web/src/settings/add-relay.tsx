import type { RelayStatus } from "@polylogue/replica"
import { type FormEvent, type RefObject, useState } from "react"
import { addOwnRelay } from "../device/own-relays.ts"
import { readTypedAddress } from "../device/relay-address.ts"
import { readToken } from "../identity/access.ts"
import { checkWords } from "./check-words.ts"
import type { KnownRelay } from "./known-relays.ts"

/** Says what is at an address of a relay. */
export type LookAt = (url: string) => Promise<RelayStatus>

interface AddRelayProps {
  readonly field: RefObject<HTMLInputElement | null>
  /** No further one is remembered. */
  readonly isFull: boolean
  readonly known: readonly KnownRelay[]
  readonly lookAt?: LookAt
}

/** How the adding of one goes. */
type Adding =
  | { readonly step: "typing"; readonly words?: string }
  | { readonly step: "looking" }
  /** Something was found out that speaks against it, and the person may know better. */
  | { readonly step: "doubt"; readonly url: string; readonly words: string }

/** Takes the address of a relay, looks whether one is there that takes this device, and remembers it. */
export function AddRelay({ field, isFull, known, lookAt = dialIt }: AddRelayProps) {
  const [typed, setTyped] = useState("")
  const [adding, setAdding] = useState<Adding>({ step: "typing" })
  const add = (url: string): void => {
    addOwnRelay(url)
    setTyped("")
    setAdding({ step: "typing", words: "Added. It is used from the next start." })
    field.current?.focus()
  }
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    if (adding.step === "looking") return
    const read = readTypedAddress(typed, location.protocol === "https:")
    if ("problem" in read) return setAdding({ step: "typing", words: read.problem })
    if (known.some(({ url, from }) => url === read.url && from !== "removed"))
      return setAdding({ step: "typing", words: "That one is there already." })
    setAdding({ step: "looking" })
    const words = await lookAt(read.url).then(checkWords, () => "It could not be looked at. Add it anyway, or try again.")
    if (words === undefined) add(read.url)
    else setAdding({ step: "doubt", url: read.url, words })
  }
  const words = adding.step === "looking" ? "Looking for a relay there…" : adding.words
  return (
    <form className="setting add-relay" onSubmit={(event) => void submit(event)}>
      <h3>Add a relay</h3>
      <p id="add-relay-note" className="quiet">
        Add only a relay that is linked with yours: it is shown the link you signed in with, and gets what you write.
      </p>
      <div className="add-relay-line">
        <input
          ref={field}
          className="field"
          aria-label="Address of the relay"
          aria-describedby="add-relay-note add-relay-words"
          dir="ltr"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder="relay.example"
          disabled={isFull}
          // What is being looked at is what is added.
          readOnly={adding.step === "looking"}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value)
            setAdding({ step: "typing" })
          }}
        />
        <button type="submit" className="button" disabled={isFull || typed.trim() === ""}>
          Check and add
        </button>
      </div>
      <p id="add-relay-words" role="status">
        {isFull ? "There is no room for more. Remove one to add another." : words}
      </p>
      {adding.step === "doubt" && (
        <button type="button" className="button" onClick={() => add(adding.url)}>
          Add it anyway
        </button>
      )}
    </form>
  )
}

async function dialIt(url: string): Promise<RelayStatus> {
  const { checkRelay } = await import("../device/check-relay.ts")
  return checkRelay(url, readToken())
}
