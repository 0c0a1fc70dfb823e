import type { CSSProperties } from "react"
import "./confusion-table.css"

interface ConfusionTableProps {
  /** Who stands along the side, and who along the top. */
  readonly rowsOf: string
  readonly columnsOf: string
  readonly grades: readonly { readonly grade: number; readonly name: string }[]
  /** How often the one gave the grade of the row while the other gave that of the column. */
  readonly counts: readonly (readonly number[])[]
}

/** What one judged while the other judged something else: a table whose fields are the darker the more there are of them; the diagonal is where both agree. */
export function ConfusionTable({ rowsOf, columnsOf, grades, counts }: ConfusionTableProps) {
  const most = Math.max(1, ...counts.flat())
  return (
    <div className="confusion-scroller">
      <table className="confusion">
        <caption>
          <bdi>{rowsOf}</bdi> down the side, <bdi>{columnsOf}</bdi> along the top. Where both agree has a frame.
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Grade</span>
            </th>
            {grades.map(({ grade, name }) => (
              <th key={grade} scope="col" title={name}>
                {grade}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {grades.map(({ grade, name }, row) => (
            <tr key={grade}>
              <th scope="row">
                {grade} <bdi>{name}</bdi>
              </th>
              {grades.map((column, at) => {
                const count = counts[row]?.[at] ?? 0
                return (
                  <td
                    key={column.grade}
                    className={row === at ? "confusion-same" : undefined}
                    style={{ "--share": `${Math.round((count / most) * 60)}%` } as CSSProperties}
                  >
                    {count}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
