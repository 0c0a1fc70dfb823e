import { type ComponentType, createContext, lazy, Suspense, useContext } from "react"
import { DISPLAY_MATHS, INLINE_MATHS } from "./maths-syntax.ts"

/** The formula at the end of a text that is still being written, as far as it is there: it is shown as it is written until it is whole. */
export const OpenMaths = createContext<string | undefined>(undefined)

interface MathsProps {
  /** TeX. */
  readonly source: string
  /** Set apart, in a line of its own. */
  readonly display: boolean
}

// What sets formulas is larger than the rest of the page, and most conversations have none.
const SetMaths = lazy((): Promise<{ readonly default: ComponentType<MathsProps> }> =>
  import("./set-maths.tsx").catch(() => ({ default: MathsSource })),
)

/** Whether the `code` element of class `className` holds a formula, and which kind. */
export function mathsKind(className: string | undefined): "inline" | "display" | undefined {
  if (className === INLINE_MATHS) return "inline"
  return className === DISPLAY_MATHS || className === "language-math" ? "display" : undefined
}

/** A formula; as its source while it is being written, until what sets it has come, and where it is none. */
export function Maths({ source, display }: MathsProps) {
  const open = useContext(OpenMaths)
  if (open?.trim() === source) return <MathsSource source={source} display={display} />
  return (
    <Suspense fallback={<MathsSource source={source} display={display} />}>
      <SetMaths source={source} display={display} />
    </Suspense>
  )
}

/** A formula as TeX. */
export function MathsSource({ source, display }: MathsProps) {
  return (
    <code className={display ? "maths-source maths-display" : "maths-source"} dir="ltr">
      {source}
    </code>
  )
}
