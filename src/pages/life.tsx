import { lifeOfDocument } from '../agreements/publication/life.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { timelineOf } from '../agreements/time/timeline.ts'
import { Scroll } from './page.tsx'
import { dayInWords, inWords } from './words.ts'

const [width, height, bar] = [1000, 90, 30]

const yearOf = (day: string): number => Number(day.slice(0, 4)) + (Number(day.slice(5, 7)) - 1) / 12

/** The life of an agreement as a picture: its statuses one after the other, and its acts. The table of dates says the same. */
export function Life({ agreement, today }: { agreement: Agreement; today: string }) {
  const { periods } = timelineOf(lifeOfDocument(agreement))
  const acts = agreement.dates.filter(({ preferred, firstDay }) => preferred && firstDay !== null)
  const known = [...periods.flatMap(({ from }) => from ?? []), ...acts.map(({ firstDay }) => firstDay!)].map(yearOf)
  if (known.length === 0) return null
  const first = Math.floor(Math.min(...known))
  const last = Math.ceil(Math.max(...known, yearOf(today)) + 1)
  const at = (day: string | null, otherwise: number): number =>
    Math.min(width, Math.max(0, ((day === null ? otherwise : yearOf(day)) - first) * (width / (last - first))))
  const step = Math.max(1, Math.ceil((last - first) / 10))
  const years = Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step)
  return (
    <figure>
      <Scroll label="Picture of its life">
        <svg
          class="life"
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label="Its statuses and acts over the years"
        >
          {years.map((year) => (
            <g>
              <line class="axis" x1={at(`${year}-01`, year)} x2={at(`${year}-01`, year)} y1="0" y2={height - 18} />
              <text x={at(`${year}-01`, year) + 3} y={height - 4}>
                {year}
              </text>
            </g>
          ))}
          {periods
            .filter(({ status }) => status !== 'unknown')
            .map(({ status, from, until }) => (
              <rect
                class={status}
                x={at(from, first)}
                y={20}
                width={Math.max(2, at(until, last) - at(from, first))}
                height={bar}
              >
                <title>
                  {inWords(status)}
                  {from !== null && ` from ${dayInWords(from)}`}
                  {until !== null && ` until ${dayInWords(until)}`}
                </title>
              </rect>
            ))}
          {acts.map(({ event, date, firstDay }) => (
            <circle class="act" cx={at(firstDay, first)} cy={20 + bar / 2} r="5">
              <title>
                {inWords(event)}: {dayInWords(date)}
              </title>
            </circle>
          ))}
        </svg>
      </Scroll>
    </figure>
  )
}
