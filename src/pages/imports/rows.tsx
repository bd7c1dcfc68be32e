import type { Database } from '../../database/connect.ts'
import type { FileShape } from '../../imports/queries.ts'
import { cellsIn } from '../../imports/rows-csv.ts'
import type { ImportRow } from '../../imports/schemas.ts'
import { pathOf } from '../agreements.tsx'
import { A, Coded } from '../page.tsx'
import { inPlainWords, verdictWords } from './words.ts'

/** How an agreement is called on a page. */
interface Named {
  id: string
  reference: string | null
  title: string
}

export type Names = ReadonlyMap<string, Named>

/** The agreements of rows, and those that are similar to them, by id; deleted ones are left out. */
export async function namesFor(db: Database, rows: readonly ImportRow[]): Promise<Names> {
  const ids = rows.flatMap(({ agreement, similar }) => [
    ...(agreement === null ? [] : [agreement]),
    ...similar.map((one) => one.agreement),
  ])
  if (ids.length === 0) return new Map()
  const found = await db.query<Named>(
    {
      name: 'names-of-agreements',
      text: 'select id, reference, title from agreements where id = any($1::uuid[]) and deleted_at is null',
    },
    [[...new Set(ids)]],
  )
  return new Map(found.map((one) => [one.id, one]))
}

/** Rows with what becomes of them, and why. */
export function Rows({ rows, shape, names }: { rows: readonly ImportRow[]; shape: FileShape; names: Names }) {
  if (rows.length === 0) return <p>No row.</p>
  return (
    <div class="scroll">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Row</th>
            <th scope="col">In the file</th>
            <th scope="col">Verdict</th>
            <th scope="col">Why, and what to check</th>
            <th scope="col">Agreement</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              <td data-name="Row">{row.row ?? '–'}</td>
              <td data-name="In the file">{textOf(row, shape)}</td>
              <td data-name="Verdict">{verdictWords[row.verdict]}</td>
              <td>
                <Why row={row} names={names} />
              </td>
              <td data-name="Agreement">
                <Agreement id={row.agreement} names={names} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Agreement({ id, names }: { id: string | null; names: Names }) {
  if (id === null) return <>–</>
  const named = names.get(id)
  if (named === undefined) return <>Deleted, or not stored</>
  return <A to={pathOf(named)}>{named.reference ?? named.title}</A>
}

function Why({ row: { reason, errors, warnings, similar }, names }: { row: ImportRow; names: Names }) {
  const same = similar.flatMap(({ agreement, why }) => {
    const named = names.get(agreement)
    return named ? [{ named, why }] : []
  })
  if (reason === null && errors.length + warnings.length + same.length === 0) return <>–</>
  return (
    <ul class="why">
      {reason !== null && (
        <li>
          <Coded text={inPlainWords(reason)} />
        </li>
      )}
      {errors.map(({ column, message, wouldDo }) => (
        <li>
          {column !== null && <b>{column}: </b>}
          <Coded text={inPlainWords(message)} />
          {wouldDo !== null && (
            <>
              {' '}
              Would do: <Coded text={inPlainWords(wouldDo)} />
            </>
          )}
        </li>
      ))}
      {warnings.map(({ column, message }) => (
        <li>
          Please check: {column !== null && <b>{column}: </b>}
          <Coded text={inPlainWords(message)} />
        </li>
      ))}
      {same.map(({ named, why }) => (
        <li>
          Perhaps the same as <A to={pathOf(named)}>{named.title}</A>: {why.map(({ message }) => message).join(' ')}
        </li>
      ))}
    </ul>
  )
}

/** The longest text of a row that is shown, in code points. */
const maxText = 120

/** The title of a row, or else its first cells. */
function textOf({ raw, row }: ImportRow, shape: FileShape): string {
  if (row === null) return '–'
  const cells = (columns: string[]) => cellsIn(raw, shape, columns).map((cell) => cell.trim())
  const [title = ''] = shape.titleColumn === null ? [] : cells([shape.titleColumn])
  const text = title || cells(shape.columns).filter(Boolean).slice(0, 4).join(' · ')
  const all = Array.from(text)
  return all.length > maxText ? `${all.slice(0, maxText).join('')}…` : text || '–'
}
