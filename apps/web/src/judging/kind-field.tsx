interface KindFieldProps {
  readonly kind: "open" | "blind"
  /** Whether the relay keeps others out of what somebody judges blind. */
  readonly enforced: boolean
  readonly onKind: (kind: "open" | "blind") => void
}

/** What a relay that knows nobody cannot promise. */
export const NOT_ENFORCED = "This relay lets everyone in, so others could look. Start it with --auth token to make it so."

/** Whether those who judge see each other's work, and what keeps it so. */
export function KindField({ kind, enforced, onKind }: KindFieldProps) {
  return (
    <fieldset className="round-field">
      <legend>Do they see each other’s work?</legend>
      <label className="round-kind">
        <input type="radio" name="round-kind" checked={kind === "blind"} onChange={() => onKind("blind")} />
        <span>
          Blind
          <span className="quiet">Nobody sees what others judge until all have said that they are done. Best for measuring agreement.</span>
          {kind === "blind" && !enforced && <span className="round-warning">{NOT_ENFORCED}</span>}
        </span>
      </label>
      <label className="round-kind">
        <input type="radio" name="round-kind" checked={kind === "open"} onChange={() => onKind("open")} />
        <span>
          Open
          <span className="quiet">What others judged shows once you have judged the same yourself.</span>
        </span>
      </label>
    </fieldset>
  )
}
