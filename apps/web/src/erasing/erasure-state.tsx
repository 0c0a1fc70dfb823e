import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { type ErasureSum, useErasedDocuments, useErasures } from "./use-erasures.ts"
import "./erasing.css"

/** Who has carried out the erasures of this device, and who has not yet. */
export function ErasureState({ sum }: { readonly sum: ErasureSum }) {
  const { count, pending, refused, done, missing } = sum
  return (
    <ul className="erasure-state" aria-label="Where it is erased" data-testid="erasure-state">
      {count > refused && (
        <li>
          <Icon name="check" /> Erased on this device
        </li>
      )}
      {done.map((address) => (
        <li key={address}>
          <Icon name="check" />
          <span>
            Nothing of it is left at <bdi>{hostOf(address)}</bdi>
          </span>
        </li>
      ))}
      {missing.map((address) => (
        <li key={address} className="erasure-open">
          <span className="erasure-ring" aria-hidden="true" />
          <span>
            <bdi>{hostOf(address)}</bdi> {pending > 0 ? "has not heard of it yet; it will when it is in reach" : "has not confirmed yet"}
          </span>
        </li>
      ))}
      {refused > 0 && (
        <li className="erasure-refused">
          <Icon name="close" /> {counted(refused, "erasure")} refused by a relay: those words are still there
        </li>
      )}
    </ul>
  )
}

/** What was erased from this device in a conversation, for its details; nothing where nothing was. */
export function ConversationErasures({ conversationId }: { readonly conversationId: string }) {
  const sum = useErasures(useErasedDocuments({ conversationId, rounds: false }))
  if (sum === undefined) return null
  return (
    <section className="margin-section" aria-label="Erased for good">
      <h3>Erased for good from here</h3>
      <ErasureState sum={sum} />
    </section>
  )
}

/** Where a source that was erased from this device is gone, and where not yet; nothing where it was erased elsewhere. */
export function SourceErasures({ sourceId }: { readonly sourceId: string }) {
  const sum = useErasures(useErasedDocuments({ sourceId }))
  return sum === undefined ? null : <ErasureState sum={sum} />
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address
}
