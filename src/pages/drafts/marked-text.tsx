import { idOf } from '../forms/controls.tsx'
import { type Mark, markId, type Piece, piecesOf } from './marks.ts'

interface MarkedTextProps {
  title: string | undefined
  text: string
  marks: readonly Mark[]
  /** The labels of the fields by their names. */
  labels: ReadonlyMap<string, string>
}

/** A text with the words marked that fill fields, each with links to its fields. */
export function MarkedText({ title, text, marks, labels }: MarkedTextProps) {
  const piecesIn = (where: Mark['in'], whole: string): Piece[] =>
    piecesOf(
      whole,
      marks.filter((mark) => mark.in === where),
    )
  return (
    <div class="read" role="region" aria-labelledby="text" tabIndex={0}>
      <h2 id="text">The text</h2>
      {title !== undefined && (
        <p class="words title" dir="auto">
          <Pieces pieces={piecesIn('title', title)} labels={labels} />
        </p>
      )}
      <div class="words" dir="auto">
        <Pieces pieces={piecesIn('text', text)} labels={labels} />
      </div>
    </div>
  )
}

type Labels = MarkedTextProps['labels']

const Pieces = ({ pieces, labels }: { pieces: Piece[]; labels: Labels }) => (
  <>{pieces.map((piece) => (typeof piece === 'string' ? piece : <Marked piece={piece} labels={labels} />))}</>
)

/** Marked words. The part in which they end is followed by what they fill. */
function Marked({ piece, labels }: { piece: Exclude<Piece, string>; labels: Labels }) {
  const { mark, isFirst, isLast, pieces } = piece
  return (
    <>
      <mark id={isFirst ? markId(mark) : undefined}>
        <Pieces pieces={pieces} labels={labels} />
      </mark>
      {isLast && (
        <bdi class="fills">
          {mark.fills.map(({ field }, i) => (
            <>
              {i === 0 ? ' ' : ', '}
              <a href={`#${idOf(field)}`}>
                {i === 0 && (
                  <>
                    <b>{mark.number}</b>{' '}
                  </>
                )}
                {labels.get(field) ?? field}
              </a>
            </>
          ))}
        </bdi>
      )}
    </>
  )
}
