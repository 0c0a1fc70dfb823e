import "./round-progress.css"

interface RoundProgressProps {
  /** What it is the progress of: "You". */
  readonly label: string
  readonly done: number
  readonly of: number
}

/** How far one has come, as a bar with the numbers as its words. */
export function RoundProgress({ label, done, of }: RoundProgressProps) {
  const words = `${label}: ${done.toLocaleString("en")} of ${of.toLocaleString("en")}`
  return <progress className="round-progress" aria-label={words} title={words} max={Math.max(1, of)} value={Math.min(done, of)} />
}
