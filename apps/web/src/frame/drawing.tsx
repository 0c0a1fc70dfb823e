import type { ReactNode } from "react"

/** Line drawings on a 16 px grid. */
const DRAWINGS = {
  plus: <path d="M8 3v10M3 8h10" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.25" />
      <path d="m10.2 10.2 3.3 3.3" />
    </>
  ),
  export: <path d="M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.8 13.2h10.4" />,
  import: <path d="M8 10.2V2.7M4.8 5.8 8 2.6l3.2 3.2M2.8 13.2h10.4" />,
  send: <path d="M8 13V3.4M3.8 7.6 8 3.4l4.2 4.2" />,
  stop: <rect x="4.4" y="4.4" width="7.2" height="7.2" rx="1.4" fill="currentColor" />,
  previous: <path d="M9.6 4 5.6 8l4 4" />,
  next: <path d="m6.4 4 4 4-4 4" />,
  lock: <path d="M4 7.4h8v5.4H4zM5.6 7.2V5.4a2.4 2.4 0 0 1 4.8 0v1.8" />,
  expand: <path d="m4 6.2 4 4 4-4" />,
  up: <path d="M8 13V3M3.8 7.2 8 3l4.2 4.2" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M3.5 10.4A1 1 0 0 1 2.5 9.4V4a1.5 1.5 0 0 1 1.5-1.5h5.4a1 1 0 0 1 1 1" />
    </>
  ),
  check: <path d="m3.2 8.4 3.2 3.2 6.4-7" />,
  edit: <path d="m10.3 3.2 2.5 2.5-7.2 7.2-3.1.6.6-3.1zM9 4.5 11.5 7" />,
  trash: <path d="M2.8 4.4h10.4M6.2 4.2V2.8h3.6v1.4M4.2 4.6l.6 8.6h6.4l.6-8.6M6.8 7v3.8M9.2 7v3.8" />,
  restore: <path d="M3 3v3.4h3.4M3.4 6.2A5.2 5.2 0 1 1 3 9.4" />,
  more: (
    <>
      <circle cx="3.4" cy="8" r="1" fill="currentColor" stroke="none" />
      <circle cx="8" cy="8" r="1" fill="currentColor" stroke="none" />
      <circle cx="12.6" cy="8" r="1" fill="currentColor" stroke="none" />
    </>
  ),
  comment: <path d="M3.2 3h9.6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H7.4l-3 2.6V11H3.2a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1z" />,
  smile: (
    <>
      <circle cx="8" cy="8" r="5.6" />
      <path d="M5.8 9.4a2.8 2.8 0 0 0 4.4 0M6 6.3h.01M10 6.3h.01" />
    </>
  ),
  folder: <path d="M2 12.2V4.3a1 1 0 0 1 1-1h3.2l1.5 1.8H13a1 1 0 0 1 1 1v6.1a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1z" />,
  tag: (
    <>
      <path d="M2.6 7.6V3.4a.8.8 0 0 1 .8-.8h4.2l5.9 5.9a.9.9 0 0 1 0 1.3l-3.7 3.7a.9.9 0 0 1-1.3 0z" />
      <path d="M5.4 5.4h.01" />
    </>
  ),
  archive: <path d="M2.2 3h11.6v2.8H2.2zM3.2 6v7h9.6V6M6.4 8.8h3.2" />,
  unread: (
    <>
      <path d="M9 3.6H3.4a1 1 0 0 0-1 1v6.8a1 1 0 0 0 1 1h9.2a1 1 0 0 0 1-1V8" />
      <circle cx="12.4" cy="3.8" r="1.8" fill="currentColor" stroke="none" />
    </>
  ),
  keyboard: (
    <>
      <rect x="1.8" y="4" width="12.4" height="8" rx="1.5" />
      <path d="M4.4 6.5h.01M6.8 6.5h.01M9.2 6.5h.01M11.6 6.5h.01M5.4 9.5h5.2" />
    </>
  ),
  wrap: <path d="M2.5 4h11M2.5 8h8.6a2.2 2.2 0 0 1 0 4.4H8.2M9.8 10.8l-1.7 1.6 1.7 1.6M2.5 12h2.6" />,
  install: <path d="M8 2.5v6.2M5.4 6.2 8 8.8l2.6-2.6M4 9.8H2.6v3.6h10.8V9.8H12" />,
  erase: <path d="M6.2 13.2h7M3.2 9.4l5.9-5.9a1 1 0 0 1 1.4 0l2.3 2.3a1 1 0 0 1 0 1.4l-6 6H5.4L3.2 11a1 1 0 0 1 0-1.6zM6.4 6.3l3.5 3.5" />,
  theme: (
    <>
      <circle cx="8" cy="8" r="5.4" />
      <path d="M8 2.6a5.4 5.4 0 0 1 0 10.8z" fill="currentColor" stroke="none" />
    </>
  ),
  link: (
    <path d="M6.6 9.4a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.4 6.6a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.8-.8" />
  ),
  file: <path d="M9.2 2.4H4.6a1 1 0 0 0-1 1v9.2a1 1 0 0 0 1 1h6.8a1 1 0 0 0 1-1V5.6zM9.2 2.4v3.2h3.2" />,
  image: (
    <>
      <rect x="2.4" y="3" width="11.2" height="10" rx="1.5" />
      <circle cx="5.7" cy="6.2" r="1.1" />
      <path d="m2.8 11.6 3.4-3 2.3 2 2.2-2.2 2.7 2.6" />
    </>
  ),
  attach: <path d="m12.9 7.4-5.2 5.2a3 3 0 0 1-4.3-4.3l5.6-5.5a2 2 0 0 1 2.8 2.8l-5.4 5.5a1 1 0 0 1-1.5-1.5l4.8-4.7" />,
  quote: <path d="M3 11.6c1.8-.6 2.8-1.8 2.8-3.8V4.6H2.8v3.2h3M9.4 11.6c1.8-.6 2.8-1.8 2.8-3.8V4.6h-3v3.2h3" />,
  good: <path d="M5.2 7.2 7.8 2.6c.9 0 1.6.7 1.6 1.6v2h3a1.1 1.1 0 0 1 1.1 1.3l-.8 4.4a1.4 1.4 0 0 1-1.4 1.1H5.2zM2.6 7.2h2.6V13H2.6z" />,
  bad: (
    <path d="M10.8 8.8 8.2 13.4c-.9 0-1.6-.7-1.6-1.6v-2h-3a1.1 1.1 0 0 1-1.1-1.3l.8-4.4A1.4 1.4 0 0 1 4.7 3h6.1zM13.4 8.8h-2.6V3h2.6z" />
  ),
  branch: (
    <>
      <circle cx="4.4" cy="3.6" r="1.6" />
      <circle cx="4.4" cy="12.4" r="1.6" />
      <circle cx="11.6" cy="5.6" r="1.6" />
      <path d="M4.4 5.2v5.6M11.6 7.2c0 2.4-7.2 1-7.2 3.6" />
    </>
  ),
} satisfies Record<string, ReactNode>

/** Names of the drawings. */
export type DrawingName = keyof typeof DRAWINGS

/** What stands in an icon. */
export function Drawing({ name }: { readonly name: DrawingName }) {
  return DRAWINGS[name]
}
