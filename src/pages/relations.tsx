import type { Database, Statement } from '../database/connect.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { pathOf } from './agreements.tsx'
import { A } from './page.tsx'
import { dayInWords, grouped, inWords } from './words.ts'

/** How an agreement is called on the pages of others. */
type Named = Pick<Agreement, 'id' | 'reference' | 'title'>

/** The agreements that one names by their ids. */
export type Others = Map<string, Named>

const byIds: Statement = {
  name: 'titles-of-agreements',
  text: 'select id, reference, title from agreements where id = any($1::uuid[]) and deleted_at is null',
}

/** Reads what the agreements are called that an agreement is related to, or ends with. Deleted ones are left out. */
export async function readOthers(db: Database, { relations, term }: Agreement): Promise<Others> {
  const ids = [...relations.map(({ agreement }) => agreement), ...(term?.endsWith ? [term.endsWith] : [])]
  if (ids.length === 0) return new Map()
  return new Map((await db.query<Named>(byIds, [ids])).map((one) => [one.id, one]))
}

const reversed: Record<Agreement['relations'][number]['kind'], string> = {
  amends: 'Amended by',
  extends: 'Extended by',
  supersedes: 'Superseded by',
  implements: 'Implemented by',
  terminates: 'Terminated by',
  cites: 'Cited by',
}

/** How it is related to other agreements, and they to it. */
export function Relations({ agreement, others }: { agreement: Agreement; others: Others }) {
  const { relations, relatedBy, relatedByTotal, endsByOthers } = agreement
  const rest = (relatedByTotal ?? 0) - relatedBy.length
  const all = [
    ...relations.map(({ kind, agreement }) => ({ how: inWords(kind), other: others.get(agreement) })),
    ...relatedBy.map(({ kind, agreement }) => ({ how: reversed[kind], other: agreement })),
  ]
  if (all.length === 0 && endsByOthers.length === 0) return null
  return (
    <section>
      <h2 id="relations">Related agreements</h2>
      <ul>
        {all.map(({ how, other }) => (
          <li>
            {how} {other === undefined ? 'an agreement that is no longer in the register' : <Link to={other} />}
          </li>
        ))}
        {endsByOthers.map(({ agreement, event, day }) => (
          <li>
            {inWords(event)} on {dayInWords(day)} {event === 'expired' ? 'with' : 'by'} <Link to={agreement} />
          </li>
        ))}
        {rest > 0 && <li>and {grouped(rest)} more that are related to it</li>}
      </ul>
    </section>
  )
}

const Link = ({ to }: { to: Named }) => <A to={pathOf(to)}>{to.title}</A>
