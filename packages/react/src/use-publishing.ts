import {
  goingBack,
  type LabelBase,
  labelBase,
  labelKey,
  onTop,
  promptDocumentId,
  type PublishIntent,
  type PublishIntents,
  savedDraft,
  userHomeDocumentId,
} from "@polylogue/conversation"
import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react"
import { type Polylogue, usePolylogue } from "./polylogue.ts"
import { publisherOf, publishIntentsOf } from "./publisher.ts"
import { useDocument } from "./use-document.ts"
import { type OpenPrompt, usePrompt } from "./use-prompt.ts"

/** What publishes a prompt. Every call saves what is to be published and notes the wish, at once and offline too; `intents` say what becomes of it. */
export interface Publishing {
  /** `ready` once prompt and private document are open; before that the calls throw. */
  readonly state: "opening" | "failed" | "ready"
  /** What this person wanted to have published of the prompt, latest first; the same array until one changes. */
  readonly intents: readonly PublishIntent[]
  /**
   * Publishes what a draft says: as the version that it stands on where it says just that, else as a new one.
   * @param label - `null`: it gets a number and no label.
   * @param base - what the label held when the author decided, as they saw it; default: as it was last heard.
   * @throws ConversationError `bad-label`, and as `Prompt.saveVersion`. TypeError while not `ready`; so do the others.
   */
  readonly publish: (
    label: string | null,
    what: { readonly draftId: string; readonly message: string; readonly base?: LabelBase },
  ) => PublishIntent
  /** Publishes a version that is there already: in production what is in staging. @param label - as of `publish`. @throws ConversationError `bad-label`. */
  readonly publishVersion: (label: string | null, versionId: string, base?: LabelBase) => PublishIntent
  /**
   * Publishes one's own words after all, in the place of a `conflict`: as a version made from both, from what the conflict found.
   * @param message - default: that of the intent.
   */
  readonly publishOnTop: (intent: PublishIntent, message?: string) => PublishIntent
  /** Publishes the words of an old version again, as a new one made from what the label holds. @throws ConversationError `unknown-version`. */
  readonly goBack: (label: string, what: { readonly to: string; readonly message: string; readonly base?: LabelBase }) => PublishIntent
  /** Takes a wish back, also one that was lost or refused; the version stays. */
  readonly withdraw: (intent: PublishIntent) => void
}

const NOTHING = (): void => {}
const NONE: readonly PublishIntent[] = Object.freeze([])

/** Carries out what waits to be published, of any prompt, as long as a component is shown. Publishing itself does so too. */
export function usePublisher(): void {
  const polylogue = usePolylogue()
  useEffect(() => publisherOf(polylogue).start(), [polylogue])
}

/** What publishes a prompt, and what became of that; renders again when an intent of this prompt changes. */
export function usePublishing(promptId: string): Publishing {
  const polylogue = usePolylogue()
  const prompt = usePrompt(promptId)
  const { state, intents: store } = useIntentStore()
  const intents = usePublishIntents(promptId)
  usePublisher()
  const held = prompt.state === "open" ? prompt : undefined
  return useMemo(() => {
    const isFailed = state === "failed" || prompt.state === "failed"
    const stands = isFailed ? "failed" : held !== undefined && store !== undefined ? "ready" : "opening"
    return { state: stands, intents, ...operations(polylogue, held, store) }
  }, [polylogue, prompt.state, held, state, store, intents])
}

/** What this person wanted to have published of a prompt, latest first; the same array until one changes. */
export function usePublishIntents(promptId: string): readonly PublishIntent[] {
  const { intents } = useIntentStore()
  const subscribe = useCallback((listener: () => void) => intents?.subscribe(promptId, listener) ?? NOTHING, [intents, promptId])
  return useSyncExternalStore(subscribe, () => intents?.get(promptId) ?? NONE)
}

/** What this person waits for to be published, of all prompts, oldest first; the same array until that changes. */
export function useWaitingIntents(): readonly PublishIntent[] {
  const { intents } = useIntentStore()
  const subscribe = useCallback((listener: () => void) => intents?.subscribeAll(listener) ?? NOTHING, [intents])
  return useSyncExternalStore(subscribe, () => intents?.getWaiting() ?? NONE)
}

function useIntentStore(): { readonly state: "opening" | "failed" | "open"; readonly intents: PublishIntents | undefined } {
  const polylogue = usePolylogue()
  const document = useDocument(userHomeDocumentId(polylogue.user ?? polylogue.author.id))
  const intents = useMemo(() => (document.state === "open" ? publishIntentsOf(polylogue, document) : undefined), [polylogue, document])
  return { state: document.state, intents }
}

function operations(
  polylogue: Polylogue,
  held: OpenPrompt | undefined,
  store: PublishIntents | undefined,
): Omit<Publishing, "state" | "intents"> {
  const { author, now, workspace } = polylogue
  const ready = (): { readonly held: OpenPrompt; readonly store: PublishIntents } => {
    if (held === undefined || store === undefined) throw new TypeError("a prompt is published once it and the private document are open")
    return { held, store }
  }
  /** Saves and notes in one turn, so that both go to disk together; what cannot be published is not saved. */
  const want = (label: string | null, base: LabelBase | undefined, save: (held: OpenPrompt, base: LabelBase) => Saved): PublishIntent => {
    const { held, store } = ready()
    const key = label === null ? undefined : labelKey(promptDocumentId(workspace, held.promptId), label)
    const from = base ?? labelBase(key === undefined ? undefined : polylogue.replica.registers.cached(key))
    const { versionId, message } = save(held, from)
    return store.add({ workspace, promptId: held.promptId, label, versionId, base: from, message })
  }
  return {
    publish: (label, { draftId, message, base }) =>
      want(label, base, ({ prompt }) => ({ versionId: savedDraft(prompt, draftId, message), message })),
    publishVersion: (label, versionId, base) =>
      want(label, base, ({ prompt }) => ({ versionId, message: prompt.getVersion(versionId)?.message ?? "" })),
    publishOnTop: (intent, message = intent.message) =>
      want(intent.label, intent.theirs, ({ prompt }, { versionId: theirs }) => ({
        versionId: onTop(prompt, intent.versionId, theirs, { author, now, message }),
        message,
      })),
    goBack: (label, { to, message, base }) =>
      want(label, base, ({ prompt }, { versionId: current }) => ({
        versionId: goingBack(prompt, to, current ?? to, { author, now, message }),
        message,
      })),
    withdraw: (intent) => ready().store.withdraw(intent),
  }
}

interface Saved {
  readonly versionId: string
  readonly message: string
}
