import { workspaceFolders } from "@polylogue/conversation"
import { type OpenWorkspace, useConversationList } from "@polylogue/react"
import { type KeyboardEvent, type ReactNode, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from "react"
import { cardTitle } from "../conversation-list/card-text.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { navigateToMessage } from "../frame/route.ts"
import { FILTER_WORDS, withFilter, withoutFilter } from "./filter-chips.ts"
import { countedHits, moreWords, progressWords } from "./hit-words.ts"
import { markOnArrival } from "./message-marks.ts"
import { useIndexProgress, usePageSearch } from "./page-search.ts"
import { FILTER_NAMES, type Filter, parseQuery, type SearchQuery } from "./query.ts"
import { HitRow, MoreRow } from "./search-hits.tsx"
import type { SearchGroup, SearchHit, SearchRequest } from "./search-results.ts"
import { listScope } from "./search-scope.ts"
import { useSearch } from "./use-search.ts"
import "./search-panel.css"

interface SearchPanelProps {
  readonly workspace: OpenWorkspace
  /** What to look for first. */
  readonly initial: string
  readonly onClose: () => void
}

/** Something one can choose in the list of results. */
type Choice =
  | { readonly kind: "hit"; readonly key: string; readonly group: SearchGroup; readonly hit: SearchHit }
  | { readonly kind: "more-hits"; readonly key: string; readonly group: SearchGroup }
  | { readonly kind: "more-groups"; readonly key: string }

const GROUPS = 20
const HITS = 3
const ALL_HITS = 100

/** Mod+Shift+F: finds messages in all conversations of the device. The field keeps the focus; arrows choose, Enter opens. */
export function SearchPanel({ workspace, initial, onClose }: SearchPanelProps) {
  const client = usePageSearch()
  const progress = useIndexProgress(client)
  const cards = useConversationList(workspace)
  const deleted = useConversationList(workspace, "deleted")
  const [typed, setTyped] = useState(initial)
  const [only, setOnly] = useState<string>()
  const [groupCount, setGroupCount] = useState(GROUPS)
  const [chosen, setChosen] = useState<string>()
  const field = useRef<HTMLInputElement>(null)
  const id = useId()
  const sought = useDeferredValue(typed)
  const query = useMemo(() => parseQuery(sought), [sought])
  const forest = workspaceFolders(workspace.index).getForest()
  const request = useMemo(() => {
    const scope = listScope(query.filters, cards, deleted, forest)
    return requestOf(query, only === undefined ? scope.within : [only], scope.hidden, groupCount, only === undefined ? HITS : ALL_HITS)
  }, [query, cards, deleted, forest, only, groupCount])
  const { groups, moreGroups, state } = useSearch(client, request)
  useEffect(() => () => client.rest(), [client])

  const choices = choicesOf(groups, moreGroups, only === undefined)
  const at = Math.max(
    0,
    choices.findIndex(({ key }) => key === chosen),
  )
  const optionId = (key: string): string => `${id}-${key}`
  const choose = (to: number): void => {
    const next = choices[(to + choices.length) % Math.max(1, choices.length)]
    setChosen(next?.key)
    if (next !== undefined) document.getElementById(optionId(next.key))?.scrollIntoView({ block: "nearest" })
  }
  const type = (text: string): void => {
    setTyped(text)
    setChosen(undefined)
    setGroupCount(GROUPS)
  }
  const run = (choice: Choice | undefined): void => {
    if (choice === undefined) return
    if (choice.kind === "more-hits") setOnly(choice.group.conversationId)
    else if (choice.kind === "more-groups") setGroupCount((count) => count + GROUPS)
    else {
      onClose()
      markOnArrival(choice.hit.messageId, query.clauses)
      navigateToMessage(choice.group.conversationId, choice.hit.messageId)
    }
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === "ArrowDown") choose(at + 1)
    else if (event.key === "ArrowUp") choose(at - 1)
    else if (event.key === "Enter") run(choices[at])
    else if (event.key === "Backspace" && typed === "" && only !== undefined) setOnly(undefined)
    else return
    event.preventDefault()
  }
  const titles = useMemo(() => new Map(cards.map((card) => [card.id, cardTitle(card)])), [cards])
  const titleOf = (group: SearchGroup): string => titles.get(group.conversationId) ?? cardTitle(group)
  const edit = (text: string): void => {
    type(text)
    field.current?.focus()
  }

  return (
    <Dialog label="Search in messages" onClose={onClose} className="search-panel">
      <div className="search-head">
        <Icon name="search" />
        <input
          ref={field}
          className="search-field"
          dir="auto"
          role="combobox"
          aria-expanded={choices.length > 0}
          aria-controls={id}
          aria-activedescendant={choices[at] === undefined ? undefined : optionId(choices[at].key)}
          aria-label="Search in messages"
          placeholder="Search in messages"
          autoComplete="off"
          spellCheck={false}
          enterKeyHint="search"
          value={typed}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <Filters
        typed={typed}
        filters={query.filters}
        only={only === undefined ? undefined : titles.get(only)}
        onTyped={edit}
        onAll={() => setOnly(undefined)}
      />
      <div id={id} className="search-results" role="listbox" aria-label="Messages found" tabIndex={-1}>
        {groups.map((group) => (
          <Group key={group.conversationId} group={group} title={titleOf(group)} choices={choices}>
            {(choice) => {
              const shared = {
                id: optionId(choice.key),
                selected: choice === choices[at],
                onRun: () => run(choice),
                onPoint: () => setChosen(choice.key),
              }
              return choice.kind === "hit" ? (
                <HitRow key={choice.key} hit={choice.hit} {...shared} />
              ) : (
                <MoreRow key={choice.key} words={moreWords(group)} {...shared} />
              )
            }}
          </Group>
        ))}
        {choices.at(-1)?.kind === "more-groups" && (
          <MoreRow
            id={optionId("more-groups")}
            words="More conversations"
            selected={choices[at]?.kind === "more-groups"}
            onRun={() => run(choices.at(-1))}
            onPoint={() => setChosen("more-groups")}
          />
        )}
      </div>
      <Outcome
        asked={request !== undefined}
        typed={sought}
        query={query}
        groups={groups}
        state={state}
        building={progressWords(progress)}
      />
    </Dialog>
  )
}

function requestOf(
  query: SearchQuery,
  within: readonly string[] | undefined,
  hidden: readonly string[],
  groups: number,
  hitsPerGroup: number,
): SearchRequest | undefined {
  const filters = query.filters.filter(({ problem }) => problem === undefined)
  // What is left out of everything is everything else: nobody asks for that.
  if (query.clauses.length === 0 && filters.length === 0) return undefined
  return { query, hidden, groups, hitsPerGroup, ...(within === undefined ? {} : { within }) }
}

function choicesOf(groups: readonly SearchGroup[], moreGroups: number, foldable: boolean): readonly Choice[] {
  const choices = groups.flatMap((group): Choice[] => {
    const hits = group.hits.map((hit): Choice => ({ kind: "hit", key: hit.messageId, group, hit }))
    return group.more > 0 && foldable ? [...hits, { kind: "more-hits", key: `more-${group.conversationId}`, group }] : hits
  })
  return moreGroups > 0 && foldable ? [...choices, { kind: "more-groups", key: "more-groups" }] : choices
}

interface GroupProps {
  readonly group: SearchGroup
  readonly title: string
  readonly choices: readonly Choice[]
  readonly children: (choice: Exclude<Choice, { readonly kind: "more-groups" }>) => ReactNode
}

function Group({ group, title, choices, children }: GroupProps) {
  const own = choices.filter((choice) => choice.kind !== "more-groups" && choice.group === group) as Exclude<
    Choice,
    { kind: "more-groups" }
  >[]
  return (
    <div role="group" aria-label={title} className="search-group">
      {/* A list box may hold options and groups of them, nothing else: the group has the title as its name. */}
      <div className="search-title" dir="auto" aria-hidden="true">
        {title}
      </div>
      {own.map(children)}
    </div>
  )
}

interface FiltersProps {
  readonly typed: string
  readonly filters: readonly Filter[]
  /** Title of the conversation to which the search is narrowed. */
  readonly only: string | undefined
  readonly onTyped: (typed: string) => void
  readonly onAll: () => void
}

/** The filters that were typed, each to be taken away, and those that can be added. */
function Filters({ typed, filters, only, onTyped, onAll }: FiltersProps) {
  const unused = FILTER_NAMES.filter((name) => !filters.some((filter) => filter.name === name))
  return (
    <div className="search-filters" role="group" aria-label="Filters">
      {only !== undefined && <Chip words={`In: ${only}`} onRemove={onAll} />}
      {filters.map((filter) => (
        <Chip
          key={`${filter.start}`}
          words={`${filter.not ? "Not " : ""}${FILTER_WORDS[filter.name]}: ${filter.value}`}
          problem={filter.problem}
          onRemove={() => onTyped(withoutFilter(typed, filter))}
        />
      ))}
      {unused.map((name) => (
        <button key={name} type="button" className="search-chip search-chip-add" onClick={() => onTyped(withFilter(typed, name))}>
          {name === "has" ? "With a file" : `${FILTER_WORDS[name]} …`}
        </button>
      ))}
    </div>
  )
}

function Chip({
  words,
  problem,
  onRemove,
}: {
  readonly words: string
  readonly problem?: string | undefined
  readonly onRemove: () => void
}) {
  return (
    <span className="search-chip" data-problem={problem === undefined ? undefined : true} title={problem}>
      <span dir="auto">{words}</span>
      {problem !== undefined && <span className="search-chip-problem">{problem}</span>}
      <button type="button" className="search-chip-remove" aria-label={`Take away the filter ${words}`} onClick={onRemove}>
        <Icon name="close" size={12} />
      </button>
    </span>
  )
}

interface OutcomeProps {
  readonly asked: boolean
  readonly typed: string
  readonly query: SearchQuery
  readonly groups: readonly SearchGroup[]
  readonly state: "idle" | "searching" | "done" | "failed"
  readonly building: string | undefined
}

/** What there is to say about the results, or instead of them. */
function Outcome({ asked, typed, query, groups, state, building }: OutcomeProps) {
  const none = asked && groups.length === 0 && state === "done"
  return (
    <div className="search-outcome">
      {!asked && (
        <p className="search-hint">
          Finds words in all conversations on this device, also without a network. <q>two words</q> finds them side by side,{" "}
          <code>-word</code> leaves out, <code>from:Ana</code> and <code>after:2026-01</code> narrow it down.
        </p>
      )}
      <p role="status" className="search-count">
        {none && `Nothing found for “${typed.trim()}”.${query.filters.length > 0 ? " Taking away a filter may help." : ""}`}
        {asked && groups.length > 0 && countedHits(groups)}
        {state === "failed" && "The search is being mended and tries again by itself."}
      </p>
      {building !== undefined && <p className="search-building">{building}</p>}
    </div>
  )
}
