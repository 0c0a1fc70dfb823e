import type { Disagreement, Gold, Judgement, RoundSettings } from "@polylogue/conversation"
import { type OpenRound, useReplicaStatus } from "@polylogue/react"
import { useNow } from "../frame/now.ts"
import { exactDate, relativeDate } from "../frame/relative-time.ts"
import { ItemMessage } from "./item-context.tsx"
import { JudgedItem } from "./judged-item.tsx"
import { JudgedBy } from "./others-judged.tsx"
import { PassageSource, PassageText } from "./passage-words.tsx"
import type { DecisionNews } from "./use-decisions.ts"

interface DisagreementItemProps {
  readonly held: OpenRound
  readonly settings: RoundSettings
  readonly itemKey: string
  readonly disagreement: Disagreement
  /** What everybody judged of it. */
  readonly judgements: readonly Judgement[]
  /** What was decided, as it was last heard. */
  readonly gold: Gold | undefined
  /** What came of the last try to decide here. */
  readonly news: DecisionNews | undefined
  readonly active: boolean
  readonly mayDecide: boolean
  readonly nameOf: (annotator: string) => string
  readonly onFocus: () => void
  readonly onDecide: (grade: number | null) => void
}

/** Something about which people differ: its words, what each judged and why, and what was decided. */
export function DisagreementItem(props: DisagreementItemProps) {
  const { held, settings, itemKey, disagreement, judgements, gold, news, active, mayDecide, nameOf, onFocus, onDecide } = props
  const item = held.round.getItem(disagreement.itemId)
  const chunks = item?.chunks.toSorted((left, right) => left.rank - right.rank) ?? []
  const chunk = chunks.find(({ chunkId }) => chunkId === disagreement.chunkId)
  const name = chunk === undefined ? "The answer" : `Passage ${chunks.indexOf(chunk) + 1}`
  return (
    <JudgedItem
      itemKey={itemKey}
      name={name}
      about={chunk !== undefined && <PassageSource chunk={chunk} />}
      active={active}
      scale={settings.scale}
      grade={gold?.grade ?? null}
      doneWord="Decided"
      mayJudge={mayDecide && news?.kind !== "working"}
      onFocus={onFocus}
      onGrade={onDecide}
      foot={
        <>
          {gold !== undefined && <Decided gold={gold} nameOf={nameOf} />}
          <News news={news} settings={settings} nameOf={nameOf} />
        </>
      }
    >
      <p className="disagreement-query" dir="auto">
        {item?.query}
      </p>
      {chunk !== undefined && <PassageText chunk={chunk} />}
      {chunk === undefined && item?.answer !== undefined && (
        <ItemMessage conversationId={item.conversationId} messageId={item.answer.messageId} />
      )}
      <JudgedBy judgements={judgements} scale={settings.scale} nameOf={nameOf} label="What was judged" />
    </JudgedItem>
  )
}

/** Who decided, and when. */
function Decided({ gold, nameOf }: { readonly gold: Gold; readonly nameOf: (annotator: string) => string }) {
  const now = useNow()
  const { relayTimeOffsetMs } = useReplicaStatus()
  const at = gold.at - relayTimeOffsetMs
  return (
    <p className="quiet" title={exactDate(at)}>
      Decided by <bdi>{nameOf(gold.by)}</bdi>, {relativeDate(at, Math.max(now, at))}
      {gold.note !== "" && (
        <>
          : <bdi>{gold.note}</bdi>
        </>
      )}
    </p>
  )
}

interface NewsProps {
  readonly news: DecisionNews | undefined
  readonly settings: RoundSettings
  readonly nameOf: (annotator: string) => string
}

function News({ news, settings, nameOf }: NewsProps) {
  if (news === undefined || news.kind === "working") return null
  const graded = (grade: number | null): string => {
    if (grade === null) return "no decision"
    return `${grade}, ${settings.scale.find((one) => one.grade === grade)?.name ?? ""}`
  }
  return (
    <p className="judge-note" role="alert">
      {news.kind === "conflict" && (
        <span>
          Somebody was faster: <bdi>{news.theirs === undefined ? "it" : nameOf(news.theirs.by)}</bdi>{" "}
          {news.theirs === undefined ? "was taken back" : `decided ${graded(news.theirs.grade)}`}. Yours ({graded(news.mine)}) was not
          taken. Decide again if you see it otherwise.
        </span>
      )}
      {news.kind === "unavailable" && <span>The relay could not be asked. Your decision may have been taken: try again to be sure.</span>}
      {news.kind === "refused" && (
        <span>{news.code === "forbidden" ? "You may not decide in this round." : `The relay refused it (${news.code}).`}</span>
      )}
    </p>
  )
}
