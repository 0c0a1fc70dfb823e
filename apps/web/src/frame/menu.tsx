import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useId, useRef, useState } from "react"
import { moveByArrows } from "./arrow-keys.ts"
import { Floating } from "./floating.tsx"
import { Icon, type IconName } from "./icon.tsx"
import "./menu.css"

export interface MenuItem {
  readonly label: string
  /** Names it among the items, where labels may be the same. Default the label. */
  readonly key?: string
  /** Whether it is the chosen one, of items of which one is. */
  readonly checked?: boolean
  readonly icon?: IconName
  readonly run: () => void
  readonly danger?: boolean
}

interface MenuProps {
  /** Name of the button, in words. */
  readonly label: string
  readonly items: readonly MenuItem[]
  /** What stands on the button. Default three dots. */
  readonly face?: ReactNode
}

/** A button that opens a list of actions: arrows move, Escape closes and gives the focus back. */
export function Menu({ label, items, face }: MenuProps) {
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
        className={face === undefined ? "icon-button" : "button button-quiet menu-face"}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {face ?? <Icon name="more" />}
      </button>
      {open && (
        <Floating anchor={button} align={face === undefined ? "end" : "start"} onClose={close}>
          <MenuItems id={id} label={label} items={items} onLeave={leave} />
        </Floating>
      )}
    </>
  )
}

const ITEMS = '[role^="menuitem"]'

interface MenuItemsProps extends MenuProps {
  readonly id: string
  readonly onLeave: () => void
}

function MenuItems({ id, label, items, onLeave }: MenuItemsProps) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => list.current?.querySelector<HTMLElement>(ITEMS)?.focus(), [])
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation()
      onLeave()
    }
    moveByArrows(event, ITEMS)
  }
  return (
    <div ref={list} id={id} className="menu-items" role="menu" tabIndex={-1} aria-label={label} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <button
          key={item.key ?? item.label}
          type="button"
          role={item.checked === undefined ? "menuitem" : "menuitemradio"}
          aria-checked={item.checked}
          className={item.danger === true ? "menu-item menu-item-danger" : "menu-item"}
          onClick={() => {
            onLeave()
            item.run()
          }}
        >
          {item.icon !== undefined && <Icon name={item.icon} />}
          <bdi>{item.label}</bdi>
          {item.checked === true && <Icon name="check" />}
        </button>
      ))}
    </div>
  )
}
