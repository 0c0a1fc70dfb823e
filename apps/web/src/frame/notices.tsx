import { useHasFinishedRounds, useHasIntents } from "@polylogue/react"
import { Suspense } from "react"
import { AccessBanner } from "../identity/access-banner.tsx"
import { UpdatePrompt } from "../pwa/update-prompt.tsx"
import { KeptBanner } from "../sync/kept-banner.tsx"
import { StorageWarning } from "../sync/storage-warning.tsx"
import { lazyPart } from "./lazy-part.tsx"

const CarryOut = lazyPart(() => import("../prompts/carry-out.tsx").then((module) => ({ default: module.CarryOut })))
const KeepRounds = lazyPart(() => import("../judging/keep-rounds.tsx").then((module) => ({ default: module.KeepRounds })))

interface NoticesProps {
  readonly onSignIn: () => void
  /** Shows the texts that a relay refused; absent while they are shown already. */
  readonly onShowKept: (() => void) | undefined
}

/**
 * What is to be said over the text: a new version, a device that does not keep things, access that ends, texts that were refused. It stands on every page, and
 * so does what carries out what waits to be published or revealed.
 */
export function Notices({ onSignIn, onShowKept }: NoticesProps) {
  const mayWait = useHasIntents()
  const mayReveal = useHasFinishedRounds()
  return (
    <>
      <UpdatePrompt />
      <StorageWarning />
      <AccessBanner onSignIn={onSignIn} />
      {onShowKept !== undefined && <KeptBanner onShow={onShowKept} />}
      <Suspense>{mayWait && <CarryOut />}</Suspense>
      <Suspense>{mayReveal && <KeepRounds />}</Suspense>
    </>
  )
}
