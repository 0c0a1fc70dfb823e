import { type ComponentType, lazy } from "react"

/**
 * A component of a module that the first paint can do without: asked for at once, shown when it is there. Where it never comes (a first visit
 * that is cut off) its place stays empty, and the words around it can be read.
 */
export function later<Props extends object>(loading: Promise<ComponentType<Props>>): ComponentType<Props> {
  // Handled here: nobody may ask for the component before it fails.
  const settled = loading.catch((): ComponentType<Props> => Nothing)
  return lazy(async () => ({ default: await settled }))
}

function Nothing(): null {
  return null
}
