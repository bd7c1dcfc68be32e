import type { NewDate } from '../../agreements/dates/schemas.ts'
import type { Agreement } from '../../agreements/schemas.ts'
import type { Names } from '../../drafts/names.ts'
import type { DateDifference, FieldDifference } from '../../drafts/schemas.ts'
import { pathOf } from '../agreements.tsx'
import { idOf } from '../forms/controls.tsx'
import type { Values } from '../forms/fields.ts'
import { bindingForces, types } from '../forms/options.ts'
import { editPaths } from '../forms/paths.ts'
import { writtenDay, writtenDuration } from '../forms/words.ts'
import { A } from '../page.tsx'
import { dayInWords, inWords } from '../words.ts'
import { type Comparison, keyIn } from './compare.ts'

/** The field of the button that adds to an agreement of the register: its value is the id of that one. */
export const knownField = 'known'
/** The field of the button that compares again. */
export const againField = 'again'
/** The fields with what is chosen for an agreement, and with the version that was shown. */
export const chosenField = (id: string): string => `add.${id}`
export const versionField = (id: string): string => `version.${id}`

interface InRegisterProps {
  comparison: Comparison | undefined
  values: Values
  names: Names
}

/** What the register has already of that which the form describes, to add to it what the text says. */
export function InRegister({ comparison, values, names }: InRegisterProps) {
  return (
    <section aria-labelledby="register">
      <h2 id="register">In the register</h2>
      {comparison === undefined && <p>The register is compared when each side has a party.</p>}
      {comparison?.found.length === 0 && <p>No similar agreement of these parties.</p>}
      {comparison?.found.map((_, i) => (
        <Known comparison={comparison} number={i} values={values} names={names} />
      ))}
      <p>
        <button name={againField} value="yes">
          Compare again
        </button>{' '}
        <span class="hint">After corrections below.</span>
      </p>
    </section>
  )
}

/** A row of the comparison. */
interface Row {
  what: string
  text: string
  register: string[]
  /** The field with the value. */
  name?: string | undefined
  /** As what the value can be added. */
  choice?: string
  isProposed?: boolean
  /** Why it cannot be added. */
  reason?: string
}

/** One agreement: what the text says beside what the register has, with what can be added to it. */
function Known({ comparison, number, values, names }: InRegisterProps & { comparison: Comparison; number: number }) {
  const { similar, stored } = comparison.found[number]!
  const { id, title, reference, signed } = similar.agreement
  const rows = [...dateRows(comparison, number), ...otherRows(comparison, number, names)]
  const wasShown = values.has(versionField(id))
  const chosen = values.getAll(chosenField(id))
  const isChosen = ({ name = '', isProposed = false }: Row): boolean => (wasShown ? chosen.includes(name) : isProposed)
  return (
    <div class="told known">
      <h3>
        <A to={pathOf(similar.agreement)}>{title}</A>
      </h3>
      <p>
        {similar.isProbablyTheSame && <b>Probably the same agreement. </b>}
        {signed !== null && `Signed ${dayInWords(signed)}. `}
        <span class="faint">{similar.why.map(({ message }) => message).join(' ')}</span>
      </p>
      {rows.length > 0 && (
        <table class="list">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">In the text</th>
              <th scope="col">In the register</th>
              <th scope="col">Add</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                <td>{row.what}</td>
                <td data-name="In the text">
                  {row.name === undefined ? row.text : <a href={`#${idOf(row.name)}`}>{row.text}</a>}
                </td>
                <td data-name="In the register">
                  {row.register.map((text) => (
                    <div>{text}</div>
                  ))}
                </td>
                <td data-name="Add">
                  {row.choice === undefined ? (
                    (row.reason ?? '–')
                  ) : (
                    <label>
                      <input type="checkbox" name={chosenField(id)} value={row.name} checked={isChosen(row)} />{' '}
                      {row.choice}
                    </label>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <input type="hidden" name={versionField(id)} value={stored.version} />
      <p class="buttons">
        {rows.some(({ choice }) => choice !== undefined) && (
          <button name={knownField} value={id} class="save">
            Add to this agreement
          </button>
        )}
        <A to={editPaths.agreement(encodeURIComponent(reference ?? id))} target="_blank" rel="noopener">
          Edit it in another tab
        </A>
      </p>
    </div>
  )
}

function dateRows({ found, days, source: text }: Comparison, number: number): Row[] {
  const { similar, stored } = found[number]!
  const textKey = keyIn(stored.sources, text)
  return similar.dates.map((difference, i): Row => {
    const { event, date, place } = difference.date as NewDate
    const row = {
      what: inWords(event),
      text: [dayInWords(date), ...(place === null ? [] : [place])].join(', '),
      name: days[i],
    }
    const held = difference.held.map((one) => heldInWords(one, stored))
    const isOfText = textKey !== undefined && difference.held.some((one) => one.date === date && one.source === textKey)
    if (isOfText) return { ...row, register: held, reason: 'The register has this day from this text already.' }
    if (difference.kind === 'same') return { ...row, register: held, reason: 'The same.' }
    const choice = difference.kind === 'competing' ? 'As a competing date' : 'As a date'
    const register = difference.kind === 'competing' ? held : ['No date of this act.', ...held]
    return { ...row, register, choice, isProposed: similar.isProbablyTheSame }
  })
}

function heldInWords({ date, place, preferred, source }: DateDifference['held'][number], { sources }: Agreement) {
  const title = sources.find(({ key }) => key === source)?.title
  const day = [dayInWords(date), ...(place === null ? [] : [place])].join(', ')
  return `${day} (${[...(preferred ? ['preferred'] : []), title ?? 'no source'].join('; ')})`
}

function otherRows({ found, claims }: Comparison, number: number, names: Names): Row[] {
  const { differences } = found[number]!.similar
  const topics = differences.filter(({ pointer }) => pointer.startsWith('/researchDomains/'))
  const own = differences.filter((one) => !topics.includes(one))
  const rows = own.map(({ pointer, draft, register }): Row => {
    const [, list, index] = pointer.split('/')
    const words = wordsOf(pointer, names)
    const row = { what: whatIs(pointer), text: words(draft), register: [register === null ? '–' : words(register)] }
    return list === 'claims' ? { ...row, name: claims[Number(index)], choice: 'As a claim, unverified' } : row
  })
  if (topics.length === 0) return rows
  const labels = topics.map(({ draft }) => names.topic(draft)?.label ?? draft)
  return [...rows, { what: 'Research domains', text: labels.join(', '), register: ['–'] }]
}

/** What a value is that differs, by its pointer. */
function whatIs(pointer: FieldDifference['pointer']): string {
  if (pointer.startsWith('/claims/')) return 'Claim'
  if (pointer.endsWith('/signatory')) return 'Signatory'
  if (pointer.endsWith('/name')) return 'Who signed'
  return (
    { '/type': 'Type', '/binding': 'Binding', '/term/length': 'Runs for', '/term/lastDay': 'Runs until' }[pointer] ??
    pointer
  )
}

/** How a value at a pointer is written for people. */
function wordsOf(pointer: string, names: Names): (value: string) => string {
  const chosen = (options: typeof types) => (value: string) => options.find(([code]) => code === value)?.[1] ?? value
  if (pointer === '/type') return chosen(types)
  if (pointer === '/binding') return chosen(bindingForces)
  if (pointer === '/term/length') return writtenDuration
  if (pointer === '/term/lastDay') return writtenDay
  if (pointer.endsWith('/signatory')) return (code) => names.body(code)?.name ?? code
  return (value) => value
}
