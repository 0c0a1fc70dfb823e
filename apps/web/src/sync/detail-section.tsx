import type { ReactNode } from "react"

/** A titled part of the details on safety. */
export function DetailSection({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="margin-section">
      <h3>{title}</h3>
      {children}
    </section>
  )
}

/** One fact in it: what it is about, and how that is. */
export function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <p className="fact">
      <span className="fact-term">{term}</span>
      <span className="fact-value">{children}</span>
    </p>
  )
}
