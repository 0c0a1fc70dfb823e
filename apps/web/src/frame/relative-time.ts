const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** Nothing that people wrote to each other and a model is older; 1980-01-01. */
const FIRST_DATE_MS = Date.UTC(1980, 0)

const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" }
const DAY_OF_YEAR: Intl.DateTimeFormatOptions = { ...DAY, year: "numeric" }
const EXACT: Intl.DateTimeFormatOptions = { dateStyle: "full", timeStyle: "short" }

// Making a formatter takes longer than the rest of a row of the list: a third of the time of scrolling through a long conversation (measured).
const formatters = new Map<Intl.DateTimeFormatOptions, { readonly locale: string | undefined; readonly formatter: Intl.DateTimeFormat }>()

function format(options: Intl.DateTimeFormatOptions, date: Date, locale: string | undefined): string {
  let known = formatters.get(options)
  if (known === undefined || known.locale !== locale) {
    known = { locale, formatter: new Intl.DateTimeFormat(locale, options) }
    formatters.set(options, known)
  }
  return known.formatter.format(date)
}

/** A date as one says it: relative under a day, then day and month, with the year when it is another one. `locale` is for tests. */
export function relativeDate(time: number, now: number, locale?: string): string {
  const age = now - time
  // A clock that is a little ahead is another device's, not the future.
  if (age < MINUTE_MS && age > -2 * MINUTE_MS) return "now"
  if (age >= 0 && age < HOUR_MS) return `${Math.floor(age / MINUTE_MS)} min ago`
  if (age >= 0 && age < DAY_MS) return `${Math.floor(age / HOUR_MS)} h ago`
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return "no date"
  const sameYear = date.getFullYear() === new Date(now).getFullYear()
  return sameYear ? format(DAY, date, locale) : format(DAY_OF_YEAR, date, locale)
}

/** Whether a clock says when: an import without times has small numbers, which only order it. */
export function isDated(time: number): boolean {
  return time >= FIRST_DATE_MS
}

/** The whole date and time, for a tooltip. */
export function exactDate(time: number, locale?: string): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? "no date" : format(EXACT, date, locale)
}

/** The date for programs that read the page; undefined for a clock that is no date. */
export function isoDate(time: number): string | undefined {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

/** A duration in words, cut to its largest unit: "40 s", "4 min", "3 h", "2 days". */
export function duration(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(1, Math.floor(ms / 1000))} s`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`
  const days = Math.floor(ms / DAY_MS)
  return days === 1 ? "1 day" : `${days} days`
}

/** `count` with the right form of a word: "1 message", "3 messages". */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? singular : plural}`
}
