import { useReplicaStatus } from "@polylogue/react"
import { Icon } from "../frame/icon.tsx"
import { APP_VERSION } from "./app-version.ts"

/** What runs here, and against which relay. */
export function AboutSection({ onSyncDetails }: { readonly onSyncDetails: () => void }) {
  const { relay } = useReplicaStatus()
  return (
    <section className="setting-facts" aria-label="About">
      <p>Polylogue keeps conversations on your devices and never loses a word of them.</p>
      <dl className="facts">
        <dt>Version</dt>
        <dd>{APP_VERSION}</dd>
        <dt>Relay</dt>
        <dd>{relay === undefined ? "None" : <code>{relay}</code>}</dd>
      </dl>
      <button type="button" className="button" onClick={onSyncDetails}>
        <Icon name="check" /> Where it is safe
      </button>
    </section>
  )
}
