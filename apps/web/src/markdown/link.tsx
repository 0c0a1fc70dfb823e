import { createContext, type MouseEvent, type ReactNode, useContext } from "react"
import { absoluteAddress, hostOf, misleads } from "./link-host.ts"

/** A link cannot stand in a link; an image that is one is shown as its words there. */
const InLink = createContext(false)

interface LinkProps {
  readonly href?: string | undefined
  readonly id?: string | undefined
  readonly children?: ReactNode
}

/** A link to elsewhere: it tells the other side nothing, and shows where it leads when its words say otherwise. */
export function Link({ href, id, children }: LinkProps) {
  const inLink = useContext(InLink)
  if (inLink || href === undefined || href === "") return <span>{children}</span>
  if (href.startsWith("#")) {
    return (
      <NoteLink href={href} id={id}>
        {children}
      </NoteLink>
    )
  }
  const address = absoluteAddress(href)
  if (address === undefined) return <span title={href}>{children}</span>
  const host = hostOf(address)
  return (
    <>
      <a href={address} target="_blank" rel="noopener noreferrer nofollow" title={host ?? address}>
        <InLink value={true}>{children}</InLink>
      </a>
      {host !== undefined && misleads(textOf(children), address) && (
        <span className="link-host" title="The words of this link name another place than the one it leads to.">
          {" "}
          (leads to <bdi>{host}</bdi>)
        </span>
      )}
    </>
  )
}

/** A footnote's number, or the way back from the note. The address names the conversation, so the browser may not follow it. */
function NoteLink({ href, id, children }: LinkProps) {
  const target = decodeFragment(href ?? "")
  if (!/^fn(?:ref)?-/.test(target)) return <span>{children}</span>
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    event.preventDefault()
    const message = event.currentTarget.closest(".markdown")
    const note = message?.querySelector<HTMLElement>(`[id$="${CSS.escape(`-${target}`)}"]`)
    if (note == null) return
    note.scrollIntoView({ block: "nearest" })
    const stop = note.matches("a") ? note : (note.querySelector<HTMLElement>("a") ?? note)
    stop.focus({ preventScroll: true })
  }
  const back = target.startsWith("fnref-")
  return (
    <a href={href} id={id} className="note-link" aria-label={back ? "Back to the text" : undefined} onClick={follow}>
      {children}
    </a>
  )
}

function decodeFragment(href: string): string {
  try {
    return decodeURIComponent(href.slice(1))
  } catch {
    return ""
  }
}

/** The plain text of what React shows. */
export function textOf(node: ReactNode): string {
  if (typeof node === "string" || typeof node === "number") return String(node)
  if (Array.isArray(node)) return node.map(textOf).join("")
  if (node !== null && typeof node === "object" && "props" in node) return textOf((node.props as { children?: ReactNode }).children)
  return ""
}
