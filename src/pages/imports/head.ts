import { setImmediate } from 'node:timers/promises'
import { dayFormatsOf } from '../../imports/suggest/day-formats-of.ts'
import { proposeFrom, type Head as FileHead } from '../../imports/suggest/propose.ts'
import { seeColumn } from '../../imports/suggest/seen.ts'
import type { Split } from '../../imports/mapping/text-schemas.ts'
import type { Mapping } from '../../imports/mapping/schemas.ts'
import { valueKey } from '../../imports/mapping/value-tables.ts'

/** How many of the first rows the page shows, and how much of a cell, in code points. */
const [shownRows, shownText] = [3, 60]

/** A column with at most so many different values has a field for each of them. */
const maxValues = 40

/** How much of a cell is looked at, in UTF-16 units. */
const maxCell = 1000

/** What a page knows of a column. */
export interface HeadColumn {
  name: string
  /** What it has in the first rows. */
  first: string[]
  looksLike: string
  /** The formats of its days; empty when it has none. */
  formats: string[]
  /** What divides its lists; empty when it has none. */
  split: Split[]
  /** Its different values; empty when there are many. */
  values: string[]
}

/** What a page knows of a file. */
export interface Head {
  format: FileHead['format']
  columns: HeadColumn[]
  /** What to check, in words. */
  notes: string[]
}

/** What the page shows of a file, and the mapping that is proposed for it. Yields to the event loop after each column. */
export async function headAndMapping(file: FileHead): Promise<{ head: Head; mapping: Mapping }> {
  const { mapping, notes } = await proposeFrom(file)
  const columns: HeadColumn[] = []
  for (const name of file.columns) {
    columns.push(columnOf(name, file))
    await setImmediate()
  }
  return { head: { format: file.format, columns, notes: notes.map(forPeople) }, mapping }
}

function columnOf(name: string, { rows }: FileHead): HeadColumn {
  const cells = rows.map(({ cells }) => (cells[name] ?? '').slice(0, maxCell))
  const { seen, split } = seeColumn(name, cells, [])
  const different = new Map(cells.filter((cell) => cell.trim() !== '').map((cell) => [valueKey(cell), cell.trim()]))
  return {
    name,
    first: cells.slice(0, shownRows).map((cell) => short(cell) || '–'),
    looksLike: seen.looksLike,
    formats: dayFormatsOf(cells),
    split,
    values: different.size > maxValues ? [] : [...different.values()].filter(({ length }) => length <= 200),
  }
}

const short = (cell: string): string => {
  const all = Array.from(cell.trim().replaceAll(/\s+/g, ' '))
  return all.length > shownText ? `${all.slice(0, shownText).join('')}…` : all.join('')
}

/** A note without the words of mappings. */
const forPeople = (note: string): string =>
  note
    .replaceAll(/ \(`[A-Za-z.]+`\)/g, '')
    .replace(/ If another file explains them, .*$/, ' Check that the register knows them.')
    .replace(/^No rule uses these columns/, 'These columns are not taken')
