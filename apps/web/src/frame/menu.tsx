import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react"
import { Icon, type IconName } from "./icon.tsx"
import "./menu.css"

export interface MenuItem {
  readonly label: string
  readonly icon?: IconName
  readonly run: () => void
  readonly danger?: boolean
}

interface MenuProps {
  /** Name of the button, in words. */
  readonly label: string
  readonly items: readonly MenuItem[]
  readonly icon?: IconName
  readonly children?: ReactNode
}

/** A button that opens a list of actions: arrows move, Escape closes and gives the focus back. */
export function Menu({ label, items, icon = "more", children }: MenuProps) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  useEffect(() => {
    if (!open) return
    root.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus()
    const outside = (event: PointerEvent): void => {
      if (!(event.target instanceof Node) || !root.current?.contains(event.target)) setOpen(false)
    }
    document.addEventListener("pointerdown", outside)
    return () => document.removeEventListener("pointerdown", outside)
  }, [open])
  const close = (): void => {
    setOpen(false)
    button.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!open) return
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation()
      close()
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return
    event.preventDefault()
    const entries = [...(root.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])]
    const at = entries.indexOf(document.activeElement as HTMLElement)
    entries.at((at + (event.key === "ArrowDown" ? 1 : -1)) % entries.length)?.focus()
  }
  return (
    <div className="menu" ref={root} onKeyDown={onKeyDown} role="presentation">
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {children ?? <Icon name={icon} />}
      </button>
      {open && (
        <div id={id} className="menu-items" role="menu" aria-label={label}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              className={item.danger === true ? "menu-item menu-item-danger" : "menu-item"}
              onClick={() => {
                close()
                item.run()
              }}
            >
              {item.icon !== undefined && <Icon name={item.icon} />}
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
