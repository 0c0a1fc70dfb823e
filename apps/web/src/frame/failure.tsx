import { Component, type ReactNode } from "react"
import "./failure.css"

/** What is shown in place of the app when it cannot go on: what happened, what is safe, what to do. */
export function Failure({ text, detail }: { readonly text: string; readonly detail: string }) {
  return (
    <main className="failure" role="alert">
      <h1>Polylogue stopped</h1>
      <p>{text}</p>
      <button type="button" className="button button-primary" onClick={() => location.reload()}>
        Reload the page
      </button>
      <details>
        <summary>Details</summary>
        <pre>{detail}</pre>
      </details>
    </main>
  )
}

interface FailureBoundaryState {
  readonly failure: { readonly detail: string } | undefined
}

/** Shows {@link Failure} when something below it throws while rendering. Documents are not touched by that. */
export class FailureBoundary extends Component<{ readonly children: ReactNode }, FailureBoundaryState> {
  override state: FailureBoundaryState = { failure: undefined }

  static getDerivedStateFromError(error: unknown): FailureBoundaryState {
    return { failure: { detail: describeError(error) } }
  }

  override render(): ReactNode {
    const { failure } = this.state
    if (failure === undefined) return this.props.children
    return (
      <Failure
        text="The page ran into a fault of its own. What you wrote is on this device; reloading shows it again."
        detail={failure.detail}
      />
    )
  }
}

/** An error for the details: its message, its cause's, and where it came from. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? "" : `\n\nbecause: ${describeError(error.cause)}`
  return `${error.message}${cause}\n\n${error.stack ?? ""}`
}
