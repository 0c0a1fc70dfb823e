import { usePublisher } from "@polylogue/react"

/** Carries out what its person wanted to have published, whatever is on screen. Shows nothing: the prompts say what became of it. */
export function CarryOut() {
  usePublisher()
  return null
}
