import type { PublishIntent } from "@polylogue/conversation"
import type { Publishing } from "@polylogue/react"
import { useEffect, useRef } from "react"
import { useToast } from "../frame/toast.tsx"
import { asLabel, refusalWords } from "./publish-words.ts"
import { useNewsTime } from "./use-news-time.ts"

interface PublishBannersProps {
  readonly publishing: Publishing
  /** What the base of an intent is called: "v6"; undefined where the label had nothing. */
  readonly baseWord: (intent: PublishIntent) => string | undefined
  readonly onResolve: (intent: PublishIntent) => void
}

/** What of a prompt waits to be published, was refused, or lost to what somebody else published first. */
export function PublishBanners({ publishing, baseWord, onResolve }: PublishBannersProps) {
  const { intents, withdraw } = publishing
  const { status } = useNewsTime()
  useToldOutcomes(publishing)
  const open = intents.filter(({ state }) => state === "waiting" || state === "refused" || state === "conflict")
  return open.map((intent) => (
    <div key={intent.attempt} className="banner publish-banner" role="status" data-state={intent.state}>
      <span>{bannerWords(intent, status.connection === "online", baseWord(intent))}</span>
      {intent.state === "conflict" && (
        <button type="button" className="button" onClick={() => onResolve(intent)}>
          Compare
        </button>
      )}
      <button type="button" className="button" onClick={() => withdraw(intent)}>
        {intent.state === "waiting" ? "Withdraw" : "Leave it"}
      </button>
    </div>
  ))
}

function bannerWords(intent: PublishIntent, online: boolean, base: string | undefined): string {
  const label = asLabel(intent)
  if (intent.state === "refused") return `Not published ${label}. ${refusalWords(intent)} Your text is kept.`
  if (intent.state === "conflict")
    return `Not published ${label}: somebody else was first. Your text is kept as a version; nothing of it is lost.`
  if (online) return `Publishing ${label}.`
  return `Will be published ${label} when a relay is in reach${base === undefined ? "" : `; based on ${base}`}.`
}

/** Tells once of each wish that came true while this is on screen. */
function useToldOutcomes({ intents }: Publishing): void {
  const toast = useToast()
  const before = useRef<ReadonlyMap<string, PublishIntent["state"]>>(undefined)
  useEffect(() => {
    for (const intent of intents) {
      if (intent.state !== "done" || before.current?.get(intent.attempt) !== "waiting") continue
      const number = intent.number === undefined ? "Your version" : `v${intent.number}`
      if (intent.overtaken === true) toast({ text: `${number} was published; others have gone on from it since.` })
      else toast({ text: intent.label === null ? `Published: ${number}.` : `${number} is ${intent.label} now.` })
    }
    before.current = new Map(intents.map(({ attempt, state }) => [attempt, state]))
  }, [intents, toast])
}
