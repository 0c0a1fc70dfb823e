import { usePolylogue } from "@polylogue/react"
import { CopyButton } from "../frame/copy-button.tsx"
import { exactDate } from "../frame/relative-time.ts"
import { hrefOf } from "../frame/route.ts"
import { promptHref } from "../prompts/prompt-route.ts"
import { sourceHref } from "../sources/source-route.ts"
import type { KeptFrom } from "./read-kept.ts"
import { useKept } from "./use-kept.ts"

const HREFS: Readonly<Record<KeptFrom["kind"], (id: string) => string>> = { conversation: hrefOf, prompt: promptHref, source: sourceHref }

/** Texts that a relay refused for good: kept on this device until the person has done something with them. */
export function KeptTexts({ onUseText }: { readonly onUseText: (text: string) => void }) {
  const { replica } = usePolylogue()
  const [kept, refresh] = useKept()
  if (kept.length === 0) return null
  return (
    <section className="margin-section" aria-label="Kept texts">
      <h3>Kept texts</h3>
      <p className="quiet">A relay did not take these. They are on this device; use them again, copy them, or let them go.</p>
      {kept.map(({ record, texts, from }) => (
        <article key={record.key} className="kept">
          <p className="quiet">
            {exactDate(record.keptAt)}
            {record.code === undefined ? "" : ` (${record.code})`}
            {from !== undefined && (
              <>
                {", "}
                <a href={HREFS[from.kind](from.id)}>its {from.kind}</a>
              </>
            )}
          </p>
          {texts.length === 0 && (
            <p>
              {from === undefined
                ? "It holds no message: a change of the list, or of what is yours alone."
                : `All its words are in the ${from.kind}.`}
            </p>
          )}
          {texts.map((rescued) => (
            <div key={`${rescued.messageId} ${rescued.kind} ${rescued.text}`} className="kept-text">
              <p dir="auto">{rescued.text}</p>
              <span>
                <button type="button" className="button button-quiet" onClick={() => onUseText(rescued.text)}>
                  Put into the composer
                </button>
                <CopyButton text={rescued.text} label="Copy text" />
              </span>
            </div>
          ))}
          <button
            type="button"
            className="button"
            onClick={() => {
              void replica.dismissKept(record.key).then(refresh, refresh)
            }}
          >
            Let it go
          </button>
        </article>
      ))}
    </section>
  )
}
