import type { Agreement } from '../agreements/schemas.ts'
import type { StatusPeriod } from '../agreements/time/status.ts'
import type { Day } from '../shared/calendar.ts'
import { pathOf } from './agreements.tsx'
import { A } from './page.tsx'
import { dayInWords, inWords } from './words.ts'

/** An agreement as a line: its statuses from signature to end. */
export interface Line {
  agreement: Agreement
  periods: StatusPeriod[]
  /** Its first known day, and the day on which it ended or will; null where unknown. */
  from: Day | null
  until: Day | null
  /** The days on which a status begins that do not follow from exact days. */
  inexact: Set<Day>
}

const [width, row, top] = [1000, 34, 22]

/** A line is drawn at most so many years into the future. */
const maxFuture = 20

/** Width of a letter. */
const letter = 6.6

/** Characters of a title beside its line. */
const maxTitle = 110

/** Years between two marks of the axis. */
const steps = [1, 2, 5, 10, 20, 50]

const yearOf = (day: Day): number => Number(day.slice(0, 4)) + (Number(day.slice(5, 7)) - 1) / 12

/** Agreements as lines over the years, one below the other, each a link. */
export function Lines({ lines, today }: { lines: Line[]; today: Day }) {
  const now = yearOf(today)
  const ends = lines.flatMap(({ until }) => until ?? []).map(yearOf)
  const earliest = Math.min(now, ...lines.flatMap(({ from }) => from ?? []).map(yearOf))
  const last = Math.ceil(Math.min(now + maxFuture, Math.max(now + 1, ...ends)))
  const step = steps.find((years) => (last - earliest) / years <= 12) ?? 100
  const first = Math.floor(earliest / step) * step
  const x = (year: number): number => Math.min(width, Math.max(0, ((year - first) * width) / (last - first)))
  const bottom = top + lines.length * row
  const years = Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step)
  return (
    <svg
      class="timeline"
      viewBox={`0 0 ${width} ${bottom + top}`}
      role="group"
      aria-label="Agreements as lines from signature to end, over the years. The table below says the same."
    >
      {years.map((year) => (
        <>
          <line class="axis" x1={x(year)} x2={x(year)} y1={0} y2={bottom} />
          {x(year) < width - 30 &&
            [14, bottom + 14].map((y) => (
              <text x={x(year) + 3} y={y}>
                {year}
              </text>
            ))}
        </>
      ))}
      <line class="today" x1={x(now)} x2={x(now)} y1={top} y2={bottom} />
      {lines.map((line, i) => (
        <Row line={line} y={top + i * row} x={x} />
      ))}
    </svg>
  )
}

function Row({ line: { agreement, periods, from }, y, x }: { line: Line; y: number; x: (year: number) => number }) {
  const { title } = agreement
  const text = title.length > maxTitle ? `${title.slice(0, maxTitle - 1).toWellFormed()}…` : title
  const start = from === null ? 0 : x(yearOf(from))
  const fits = start + text.length * letter < width
  return (
    <A to={pathOf(agreement)}>
      <text x={fits ? start.toFixed(1) : width - 4} y={y + 13} text-anchor={fits ? 'start' : 'end'}>
        {text}
        {from === null && ' (no day is known)'}
      </text>
      {periods.map(({ status, from, until }) => {
        const [x1, x2] = [from === null ? 0 : x(yearOf(from)), until === null ? width : x(yearOf(until))]
        return (
          <rect class={status} x={x1.toFixed(1)} y={y + 18} width={Math.max(2, x2 - x1).toFixed(1)} height={9}>
            <title>
              {`${inWords(status)}${from === null ? '' : ` from ${dayInWords(from)}`}${until === null ? '' : ` until ${dayInWords(until)}`}`}
            </title>
          </rect>
        )
      })}
    </A>
  )
}

const colours = {
  signed: 'Signed or negotiating',
  in_force: 'In force',
  suspended: 'Suspended or applied provisionally',
}

export function Legend() {
  return (
    <>
      <ul class="legend">
        {Object.entries(colours).map(([status, name]) => (
          <li>
            <svg viewBox="0 0 16 12" aria-hidden="true">
              <rect class={status} width="16" height="12" />
            </svg>
            {name}
          </li>
        ))}
      </ul>
      <p class="faint">The dashed line is today. A line that reaches the right edge has no known end.</p>
    </>
  )
}
