import type { ComponentProps } from "react"
import { useListActions } from "./list-actions.ts"
import { ListPlane } from "./list-plane.tsx"

/** The list with all that can be done in it. */
export function ListSide(props: Omit<ComponentProps<typeof ListPlane>, "actions">) {
  const { workspace, chosenId } = props
  const actions = useListActions(workspace.state === "open" ? workspace : undefined, chosenId)
  return <ListPlane {...props} actions={actions} />
}
