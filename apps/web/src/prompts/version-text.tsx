import type { ContentSlot, PromptContent } from "@polylogue/conversation"
import { roleLabel } from "../prompt-editor/slot-roles.ts"
import "./version-view.css"

/** All that a version says, to be read. */
export function VersionText({ content }: { readonly content: PromptContent }) {
  return (
    <>
      <ol className="version-slots">
        {content.slots.map((slot) => (
          <Slot key={slot.id} slot={slot} plain={content.kind === "text"} />
        ))}
      </ol>
      {Object.keys(content.config).length > 0 && (
        <section>
          <h3 className="version-role">Model configuration</h3>
          <pre className="version-config" dir="ltr">
            {JSON.stringify(content.config, null, 2)}
          </pre>
        </section>
      )}
    </>
  )
}

function Slot({ slot, plain }: { readonly slot: ContentSlot; readonly plain: boolean }) {
  return (
    <li>
      {!plain && (
        <h3 className="version-role">
          <bdi>{roleLabel(slot.role)}</bdi>
          {slot.name !== undefined && (
            <>
              {" "}
              <bdi>{slot.name}</bdi>
            </>
          )}
        </h3>
      )}
      {slot.role !== "placeholder" && (
        <p className="version-text" dir="auto">
          {slot.text === "" ? <span className="quiet">Empty</span> : slot.text}
        </p>
      )}
    </li>
  )
}
