import { isUuid } from '../shared/schemas.ts'
import type { VersionEntry } from '../versions/schemas.ts'
import { A } from './page.tsx'
import type { Others } from './relations.tsx'
import { dayInWords, durationInWords, instantInWords, inWords } from './words.ts'

/** Characters of a value that is shown. */
const maxValue = 300

const shortened = (text: string): string =>
  text.length > maxValue ? `${text.slice(0, maxValue - 1).toWellFormed()}…` : text

/** Fields by which a person knows an entry: its other fields follow from it. */
const naming = ['name', 'label', 'title', 'statement']

/** Computed or told by other fields of an item: ids, and the days that a date can mean. */
const untold = new Set(['id', 'firstDay', 'lastDay', 'effectiveFirstDay', 'effectiveLastDay', 'ancestors', 'party'])

/** A code of several words, such as `entered_into_force`. */
const isCode = /^[a-z]+(?:_[a-z]+)+$/

/** Who changed what, from what to what, the latest first. */
export function History({ versions, all, others }: { versions: VersionEntry[]; all: string; others: Others }) {
  return (
    <section>
      <h2 id="history">History</h2>
      <ol reversed start={versions[0]?.version}>
        {versions.map((version) => (
          <Entry version={version} others={others} />
        ))}
      </ol>
      <p class="faint">
        <A to={all}>All versions, as JSON</A>
      </p>
    </section>
  )
}

function Entry({ version, others }: { version: VersionEntry; others: Others }) {
  const { operation, cause, actor, note, publishedAt, changes } = version
  const written = changes.filter(({ computed }) => !computed)
  return (
    <li id={`version-${version.version}`}>
      {inWords(operation)} on <time dateTime={publishedAt}>{instantInWords(publishedAt)}</time>
      {actor !== null && `, by ${actorInWords(actor)}`}
      {cause !== 'edit' && `, because of ${causes[cause] ?? cause}`}
      {note !== null && `: ${note}`}
      {written.length > 0 && (
        <ul>
          {written.map(({ label, from, to }) => (
            <li>
              {withoutIds(label, others)}: from {shown(from, others)} to {shown(to, others)}
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}

/** The name of a key with its public part, or whom an issuer knows. */
export function actorInWords(actor: string): string {
  const [, key, name] = /^key:(\S+) \((.*)\)$/s.exec(actor) ?? []
  if (name !== undefined) return `${name} (key ${key})`
  const [, subject = '', issuer] = /^oidc:(.*)@(https?:.*)$/s.exec(actor) ?? []
  return issuer === undefined ? actor : isUuid(subject) ? `a person known to ${issuer}` : `${subject} (${issuer})`
}

const uuids = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi

/** A text with the titles of agreements instead of their ids. */
const withoutIds = (text: string, others: Others): string =>
  text.replaceAll(uuids, (id) => others.get(id)?.title ?? 'another agreement')

/** A value of a change in plain words. */
const shown = (value: unknown, others: Others): string => {
  if (value === null || value === undefined) return 'nothing'
  const text = shortened(withoutIds(inPlainWords(value), others))
  return typeof value === 'string' ? `“${text}”` : text
}

function inPlainWords(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string' && isCode.test(value)) return inWords(value).toLowerCase()
  if (typeof value === 'string') return /^P\d+[YMWD]/.test(value) ? durationInWords(value) : dayInWords(value)
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.map(inPlainWords).join('; ')
  if (typeof value !== 'object') return JSON.stringify(value)
  const known = Object.entries(value).filter(
    ([field, one]) => !untold.has(field) && one !== null && one !== false && !(Array.isArray(one) && one.length === 0),
  )
  const name = known.find(([field]) => naming.includes(field))?.[1] as unknown
  return typeof name === 'string'
    ? name
    : known.map(([field, one]) => `${fieldInWords(field)} ${inPlainWords(one)}`).join(', ')
}

/** `effectiveDate` as `effective date`. */
const fieldInWords = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

const causes: Record<string, string> = {
  registry: 'a change of a name or a code that it shows',
  agreement: 'a change of another agreement',
  clock: 'the passing of time',
  format: 'an upgrade of the server',
}
