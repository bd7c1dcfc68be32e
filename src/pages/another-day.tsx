import { asksStatus, at, withValues } from './asked.ts'
import { A, Form } from './page.tsx'
import { dayInWords, instantInWords } from './words.ts'

interface Asked {
  query: URLSearchParams
  /** The path of the page. */
  to: string
}

/** The instant as the field of a form has it: in UTC, without an offset. */
const inField = (instant: string | null): string =>
  instant === null ? '' : new Date(instant).toISOString().slice(0, 19)

const InLaw = ({ name, label, query }: { name: 'on' | 'inForceOn'; label: string; query: URLSearchParams }) => (
  <label>
    {label}
    <input type="date" name={name} value={query.get(name) ?? ''} />
  </label>
)

const AsKnown = ({ query }: { query: URLSearchParams }) => (
  <label>
    As the register had it at (UTC)
    <input type="datetime-local" name="asOf" step="1" value={inField(query.get('asOf'))} />
  </label>
)

/** The same selection on another day, and as known at another instant. */
export function AnotherDay({ query, to }: Asked) {
  const own = ['on', 'inForceOn', 'asOf', 'cursor', 'limit', 'count']
  const hasWords = query.has('q') || query.has('warning')
  return (
    <details class="another-day" open={own.slice(0, 3).some((name) => query.has(name))}>
      <summary>On another day, or as known at another instant</summary>
      <Form to={to}>
        {asksStatus(query) && <InLaw name="on" label="Status on" query={query} />}
        <InLaw name="inForceOn" label="In force on" query={query} />
        {!hasWords && <AsKnown query={query} />}
        {[...query]
          .filter(([name]) => !own.includes(name))
          .map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
        <button>Show</button>
      </Form>
      {hasWords && <p class="faint">Only without words and warnings can be asked what the register had.</p>}
    </details>
  )
}

/** The same agreement on another day, and as known at another instant. */
export function AgreementOnAnotherDay({ query, to }: Asked) {
  return (
    <section>
      <h2 id="another-day">On another day</h2>
      <Form to={to}>
        <InLaw name="on" label="Legal situation on" query={query} />
        <AsKnown query={query} />
        <button>Show</button>
      </Form>
    </section>
  )
}

/** That a list is that of an instant, with a link to that of now. */
export function AsOf({ query, to }: Asked) {
  const asOf = query.get('asOf')
  if (asOf === null) return null
  return (
    <p class="told">
      As the register had it at {instantInWords(asOf)}.{' '}
      <A to={at(to, withValues(query, { asOf: undefined, cursor: undefined }))}>Show it as it is now</A>
    </p>
  )
}

/** That the page of an agreement is of another day or instant than now, with a link to that of now. */
export function NotToday({ query, to }: Asked) {
  const [on, asOf] = [query.get('on'), query.get('asOf')]
  if (on === null && asOf === null) return null
  return (
    <p class="told">
      {on !== null && `As it was in law on ${dayInWords(on)}. `}
      {asOf !== null && `As the register had it at ${instantInWords(asOf)}. `}
      <A to={to}>Show it as it is now</A>
    </p>
  )
}
