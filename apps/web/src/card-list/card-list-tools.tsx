import { quoted } from "../conversation-list/card-text.ts"
import { BarButton, VIEWS } from "../conversation-list/list-pieces.tsx"
import type { ListView } from "../conversation-list/list-rows.ts"
import type { IconName } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import type { CardListKind } from "./card-list-kind.ts"
import type { ListedCard } from "./card-rows.ts"

/** What the list says of what it shows; `undefined` when the rows say it all. */
export function cardListNote<Card extends ListedCard>(
  { what, empty }: CardListKind<Card>,
  at: { readonly view: ListView; readonly query: string; readonly tag: string; readonly found: number },
): string | undefined {
  const { view, tag, found } = at
  const sought = at.query.trim()
  if (found > 0) return sought === "" && tag === "" ? undefined : `${counted(found, what)} found`
  if (sought !== "") return `No ${what} matches ${quoted(sought)}.`
  if (tag !== "") return `No ${what} has the tag ${quoted(tag)}.`
  return view === "all" ? empty : VIEWS[view].empty
}

/** Something that can be done with several cards. */
export interface BarAction<Card extends ListedCard> {
  readonly label: string
  readonly icon: IconName
  readonly run: (cards: readonly Card[]) => void
}

interface CardSelectionBarProps<Card extends ListedCard> {
  readonly title: string
  readonly cards: readonly Card[]
  readonly actions: readonly BarAction<Card>[]
  readonly onAll: () => void
  readonly onTags: () => void
  readonly onArchive: (archived: boolean) => void
  readonly onDelete: () => void
  readonly onEnd: () => void
}

/** What can be done with all that is selected. */
export function CardSelectionBar<Card extends ListedCard>(props: CardSelectionBarProps<Card>) {
  const { title, cards, actions, onAll, onTags, onArchive, onDelete, onEnd } = props
  const none = cards.length === 0
  const archived = !none && cards.every((card) => card.archived)
  return (
    <div className="selection-bar" role="toolbar" aria-label={`Selected ${title.toLowerCase()}`}>
      <span className="selection-count" role="status">
        {none ? `Select ${title.toLowerCase()}` : `${cards.length.toLocaleString("en")} selected`}
      </span>
      <BarButton icon="check" label="Select all" onPress={onAll} />
      <BarButton icon="tag" label="Tags…" disabled={none} onPress={onTags} />
      <BarButton
        icon="archive"
        label={archived ? "Take out of the archive" : "Archive"}
        disabled={none}
        onPress={() => onArchive(!archived)}
      />
      {actions.map(({ label, icon, run }) => (
        <BarButton key={label} icon={icon} label={label} disabled={none} onPress={() => run(cards)} />
      ))}
      <BarButton icon="trash" label="Delete" disabled={none} onPress={onDelete} />
      <BarButton icon="close" label="End selecting" onPress={onEnd} />
    </div>
  )
}
