import { type DayReader, dayReaderOf } from '../mapping/days.ts'

/** Formats in which registers write days. Of two that fit as well, the first is taken. */
const formats = [
  'yyyy-MM-dd',
  'dd/MM/yyyy',
  'MM/dd/yyyy',
  'dd.MM.yyyy',
  'dd-MM-yyyy',
  'yyyy/MM/dd',
  'yyyyMMdd',
  'd MMMM yyyy',
  'MMMM d, yyyy',
  'dd-MMM-yyyy',
  'dd/MM/yy',
  'MM-yyyy',
  'MM/yyyy',
  'yyyy-MM',
  'MMMM yyyy',
  'yyyy',
]
type FormatReader = [format: string, reader: DayReader]
let readers: FormatReader[] | undefined

/** Made at the first use: the names of months take long. */
const allReaders = (): FormatReader[] =>
  (readers ??= formats.map((format) => [format, dayReaderOf({ formats: [format] })]))

/** At most so many values are tried. */
const maxTried = 200

/**
 * The formats in which nearly all values are days, the most frequent first; empty when there are none. Years alone are days
 * only beside others, since any number of four digits looks like one.
 */
export function dayFormatsOf(values: readonly string[]): string[] {
  const tried = values.slice(0, maxTried).filter((value) => value.length < 40 && /[0-9]{2}/.test(value))
  if (tried.length < 0.8 * Math.min(values.length, maxTried) || tried.length === 0) return []
  const found: string[] = []
  let left = tried
  while (left.length > 0) {
    const [best] = allReaders()
      .map(([format, reader]) => ({ format, rest: left.filter((value) => !reader.fits(value)) }))
      .toSorted((a, b) => a.rest.length - b.rest.length)
    if (!best || best.rest.length === left.length) break
    found.push(best.format)
    left = best.rest
  }
  const isYears = found.length === 1 && found[0] === 'yyyy'
  return left.length > 0.2 * tried.length || isYears ? [] : found
}
