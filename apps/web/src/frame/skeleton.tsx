import { useEffect, useState } from "react"
import "./skeleton.css"

/** Most loading is over before anybody sees it; what takes longer shows its outline. */
const SHOWN_AFTER_MS = 200

/** Grey lines in the place of what is being opened, after 200 ms. */
export function Skeleton({ rows, label }: { readonly rows: number; readonly label: string }) {
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SHOWN_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  if (!shown) return null
  return (
    <div className="skeleton" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className="skeleton-row" style={{ width: `${90 - ((row * 23) % 45)}%` }} />
      ))}
    </div>
  )
}
