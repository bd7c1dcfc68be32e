import type { DraftValue } from '../../drafts/schemas.ts'

/** Words of a text that are marked, as a place in UTF-16 units; `end` is exclusive. */
export interface Mark {
  /** Counted from 1: first those in the title, then those in the text. */
  number: number
  in: 'text' | 'title'
  start: number
  end: number
  words: string
  /** The fields that the words fill, with how sure each is. */
  fills: { field: string; confidence: DraftValue['confidence'] }[]
}

export const markId = ({ number }: Mark): string => `words-${number}`

/**
 * The marks of a draft, in the order of the text.
 * @param values with evidence in UTF-16 units
 * @param fieldAt the names of the fields by the pointers of the values; a value without a field is not marked
 */
export function marksOf(values: readonly DraftValue[], fieldAt: ReadonlyMap<string, string>): Mark[] {
  const marks = new Map<string, Mark>()
  for (const { pointer, confidence, evidence } of values) {
    const field = fieldAt.get(pointer)
    if (field === undefined || evidence.end <= evidence.start) continue
    const key = `${evidence.in} ${evidence.start} ${evidence.end}`
    const mark: Mark = marks.get(key) ?? { ...evidence, number: 0, fills: [] }
    mark.fills.push({ field, confidence })
    marks.set(key, mark)
  }
  return [...marks.values()].toSorted(inOrder).map((mark, i) => ({ ...mark, number: i + 1 }))
}

const inOrder = (a: Mark, b: Mark): number =>
  Number(a.in === 'text') - Number(b.in === 'text') || a.start - b.start || b.end - a.end

/** A part of a text: unmarked, or a mark with its parts. A mark that another one cuts has several pieces. */
export type Piece = string | { mark: Mark; isFirst: boolean; isLast: boolean; pieces: Piece[] }

interface Open {
  mark: Mark
  start: number
}

/** A text as its pieces, in order. Marks within marks are nested. @param marks in their order, all in this text */
export function piecesOf(text: string, marks: readonly Mark[]): Piece[] {
  return within(
    text,
    { start: 0, end: text.length },
    marks.map((mark) => ({ mark, start: mark.start })),
  )
}

/** The pieces from `start` to `end`. Takes the marks that begin there from `waiting`; what goes on after the end stays. */
function within(text: string, { start, end }: { start: number; end: number }, waiting: Open[]): Piece[] {
  const pieces: Piece[] = []
  let at = start
  for (let next = waiting[0]; next !== undefined && next.start < end; next = waiting[0]) {
    waiting.shift()
    const { mark } = next
    if (next.start > at) pieces.push(text.slice(at, next.start))
    at = Math.min(mark.end, end)
    const inner = within(text, { start: next.start, end: at }, waiting)
    pieces.push({ mark, isFirst: next.start === mark.start, isLast: mark.end <= end, pieces: inner })
    if (mark.end > end) waiting.splice(placeOf(waiting, end), 0, { mark, start: end })
  }
  if (at < end) pieces.push(text.slice(at, end))
  return pieces
}

/** Where a mark stands that begins at `start`: before the others that do. */
function placeOf(waiting: readonly Open[], start: number): number {
  const place = waiting.findIndex((one) => one.start >= start)
  return place < 0 ? waiting.length : place
}
