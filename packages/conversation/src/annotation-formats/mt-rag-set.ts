import { canonicalJson } from "../text/canonical-json.ts"
import type { CorpusPassage, EvaluationSet } from "./annotation-records.ts"
import type { MtRagTask } from "./mt-rag.ts"

/**
 * Tasks of MT-RAG as one set: their passages once each, what was found for a question in its order and without scores, and the first target as the reference.
 * A passage that two collections call alike and that says something else is named with its collection.
 */
export function mtRagSet(name: string, tasks: readonly MtRagTask[]): EvaluationSet {
  const passages = new Map<string, CorpusPassage>()
  const named = (passage: CorpusPassage): string => {
    const known = passages.get(passage.id)
    const own =
      known === undefined || canonicalJson(known) === canonicalJson(passage) ? passage.id : `${passage.collection ?? ""}/${passage.id}`
    if (!passages.has(own)) passages.set(own, own === passage.id ? passage : { ...passage, id: own })
    return own
  }
  const rankings = tasks.flatMap(({ taskId, contexts }) =>
    contexts.map((context, at) => ({ questionId: taskId, passageId: named(context), rank: at + 1, score: null })),
  )
  return {
    name,
    passages: [...passages.values()],
    questions: tasks.map(({ taskId, turns, turn, targets, extra }) => ({
      id: taskId,
      text: turns.at(-1)?.text ?? "",
      turns,
      extra: { turn, ...extra, ...(targets.length > 1 ? { targets: targets.slice(1) } : {}) },
    })),
    grades: [],
    rankings,
    answers: tasks.flatMap(({ taskId, targets, labels }) => {
      const [target] = targets
      if (target === undefined) return []
      const { text, author, authorKind, createdAt } = target
      return {
        questionId: taskId,
        response: null,
        reference: text,
        ...(labels.length === 0 ? {} : { labels: labels.toSorted() }),
        ...(author === undefined ? {} : { author }),
        ...(authorKind === undefined ? {} : { authorKind }),
        ...(createdAt === undefined ? {} : { createdAt }),
      }
    }),
  }
}
