import { type KeyboardEvent, useCallback, useEffect, useId, useRef, useState } from "react"
import { moveByArrows } from "./arrow-keys.ts"
import { Floating } from "./floating.tsx"
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
}

/** A button that opens a list of actions: arrows move, Escape closes and gives the focus back. */
export function Menu({ label, items }: MenuProps) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  const close = useCallback(() => setOpen(false), [])
  const leave = (): void => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    <>
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
        <Icon name="more" />
      </button>
      {open && (
        <Floating anchor={button} onClose={close}>
          <MenuItems id={id} label={label} items={items} onLeave={leave} />
        </Floating>
      )}
    </>
  )
}

interface MenuItemsProps extends MenuProps {
  readonly id: string
  readonly onLeave: () => void
}

function MenuItems({ id, label, items, onLeave }: MenuItemsProps) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => list.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus(), [])
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation()
      onLeave()
    }
    moveByArrows(event, '[role="menuitem"]')
  }
  return (
    <div ref={list} id={id} className="menu-items" role="menu" tabIndex={-1} aria-label={label} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          className={item.danger === true ? "menu-item menu-item-danger" : "menu-item"}
          onClick={() => {
            onLeave()
            item.run()
          }}
        >
          {item.icon !== undefined && <Icon name={item.icon} />}
          {item.label}
        </button>
      ))}
    </div>
  )
}
