import { type ReactNode, Suspense } from "react"
import type { DrawingName } from "./drawing.tsx"
import { later } from "./later.ts"

/** Those of the first paint; all others come right after it. */
const FIRST = {
  back: <path d="M9.8 3.2 5 8l4.8 4.8" />,
  down: <path d="M8 3v10M3.8 8.8 8 13l4.2-4.2" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  settings: (
    <>
      <path d="M2.5 4.8h6M12.5 4.8h1M2.5 11.2h1M7.5 11.2h6" />
      <circle cx="10.5" cy="4.8" r="1.9" />
      <circle cx="5.5" cy="11.2" r="1.9" />
    </>
  ),
  pin: <path d="M5.6 2.6h4.8M6.2 2.6v4L4.4 8.8h7.2L9.8 6.6v-4M8 8.8v4.6" />,
} satisfies Record<string, ReactNode>

const Drawing = later(import("./drawing.tsx").then((module) => module.Drawing))

/** Names of the drawings. */
export type IconName = keyof typeof FIRST | DrawingName

/** A line drawing on a 16 px grid. It is decoration: the control that holds one has a name in words. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {isFirst(name) ? (
        FIRST[name]
      ) : (
        <Suspense>
          <Drawing name={name} />
        </Suspense>
      )}
    </svg>
  )
}

function isFirst(name: IconName): name is keyof typeof FIRST {
  return name in FIRST
}
