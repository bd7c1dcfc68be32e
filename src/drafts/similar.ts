import { setImmediate } from 'node:timers/promises'
import type { Agreement } from '../agreements/schemas.ts'
import { inCurrentFormat } from '../agreements/publication/upcast.ts'
import type { Database, Statement } from '../database/connect.ts'
import { daysBetween } from '../shared/durations.ts'
import { firstFree } from '../shared/text.ts'
import { parseEdtf } from '../shared/edtf.ts'
import { scoreOf, titleOf } from '../similar/score.ts'
import type { Proposal } from './draft.ts'
import type { Body, Names } from './names.ts'
import type { DateDifference, DraftSimilar, FieldDifference } from './schemas.ts'

/** How many agreements of the pair are compared, in each direction from the day of signature, and how many are told. */
const [maxCompared, maxTold] = [50, 5]

/** What is told only if it may be the same. */
const minScore = 0.4

/**
 * The agreements of a pair (`$1`, `$2`) that are next to a day (`$3`), by the index of pairs and days: a limited number of
 * entries is read.
 */
const statement: Statement = {
  name: 'agreements-of-draft',
  text: `
    select a.document, a.format, nullif(l.signed, '-infinity') as first,
      coalesce(nullif(l.signed_last, 'infinity'), nullif(l.signed, '-infinity')) as last,
      (select count(*)::int from agreement_parties p where p.agreement_id = a.id) as parties
    from (
      (select agreement_id from agreement_pairs where one = $1 and other = $2 and signed >= $3
        order by signed, agreement_id limit ${maxCompared})
      union
      (select agreement_id from agreement_pairs where one = $1 and other = $2 and signed < $3
        order by signed desc, agreement_id desc limit ${maxCompared})
    ) near join agreements a on a.id = near.agreement_id join agreement_listings l on l.agreement_id = a.id
    where a.deleted_at is null`,
}

interface Row {
  document: string
  format: number
  first: string | null
  last: string | null
  parties: number
}

/** An agreement of the register that a draft may be of, with the difference, and as the register has it. */
export interface Compared {
  similar: DraftSimilar
  stored: Agreement
}

/** The agreements of the register that a draft may be of, the most probable first. */
export async function similarToDraft(
  db: Database,
  {
    draft,
    parties,
    title,
    isOfKnown,
    names,
  }: { draft: Proposal; parties: readonly Body[]; title: string | undefined; isOfKnown: boolean; names: Names },
): Promise<Compared[]> {
  const [one, other] = parties.map(({ id }) => id).toSorted()
  const own = draft.dates.find(({ event }) => event === 'signed' || event === 'notes_exchanged')
  const days = own ? parseEdtf(own.date) : undefined
  const rows = await inCurrentFormat(await db.query<Row>(statement, [one, other, days?.firstDay ?? 'infinity']))
  const titles = [draft.title, ...(title ? [title] : [])].map(titleOf)
  const found: (Compared & { rank: number })[] = []
  for (const row of rows) {
    const agreement = JSON.parse(row.document) as Agreement
    const others = [agreement.title, ...agreement.alternativeTitles.slice(0, 4).map(({ title }) => title)].map(titleOf)
    const apart = daysApart(days, row)
    const { score, why } = scoreOf({
      sharedParties: 2,
      allParties: Math.max(2, row.parties),
      daysApart: apart,
      exact: days !== undefined && days.firstDay === days.lastDay && row.first === row.last,
      days: [days?.firstDay ?? null, row.first],
      titles: [titles, others],
      sameCollection: null,
    })
    const isSame = isProbablyTheSame({ draft, agreement, apart, isOfKnown, only: rows.length === 1, score })
    if (isSame || score >= minScore) {
      const similar = compared(draft, agreement, { score, why, isSame, names })
      found.push({ rank: score + (isSame ? 1 : 0), similar, stored: agreement })
    }
    await setImmediate()
  }
  return found.toSorted((a, b) => b.rank - a.rank || (a.stored.id < b.stored.id ? -1 : 1)).slice(0, maxTold)
}

function daysApart(
  own: { firstDay: string | null; lastDay: string | null } | undefined,
  { first, last }: Row,
): number | null {
  if (!own?.firstDay || !own.lastDay || !first || !last) return null
  return Math.max(0, daysBetween(own.lastDay, first), daysBetween(last, own.firstDay))
}

/** Days between what different sources say of one signature, at most. */
const maxApart = 31

interface Likeness {
  draft: Proposal
  agreement: Agreement
  apart: number | null
  isOfKnown: boolean
  only: boolean
  score: number
}

function isProbablyTheSame({ draft, agreement, apart, isOfKnown, only, score }: Likeness): boolean {
  const isOfType = draft.type === agreement.type || draft.type === 'other'
  if (apart !== null) return apart <= maxApart && (isOfType || score >= 0.8)
  return isOfKnown && (only || isOfType)
}

function compared(
  draft: Proposal,
  agreement: Agreement,
  { score, why, isSame, names }: { score: number; why: DraftSimilar['why']; isSame: boolean; names: Names },
): DraftSimilar {
  const [source] = draft.sources
  const key = firstFree(
    source!.key,
    agreement.sources.map((one) => one.key),
  )
  const { id, reference, title } = agreement
  return {
    agreement: { id, reference, title, signed: signedOf(agreement) },
    score,
    why,
    isProbablyTheSame: isSame,
    source: { ...source!, key },
    dates: draft.dates.map((date) => dateDifference({ ...date, source: key, preferred: false }, agreement)),
    differences: fieldDifferences(draft, agreement, names),
  }
}

const signedOf = ({ dates }: Agreement): string | null =>
  dates.find(({ event, preferred }) => preferred && (event === 'signed' || event === 'notes_exchanged'))?.firstDay ??
  null

function dateDifference(date: Proposal['dates'][number], { dates }: Agreement): DateDifference {
  const held = dates.filter(
    ({ event, signatory }) =>
      event === date.event && (date.signatory === null || signatory === null || signatory.code === date.signatory),
  )
  const preferred = held.find((one) => one.preferred)
  const isSame =
    preferred !== undefined && preferred.date === date.date && (date.place === null || preferred.place === date.place)
  const kind = preferred === undefined ? 'further_act' : isSame ? 'same' : 'competing'
  return {
    kind,
    // The first date of an act is the preferred one.
    date: kind === 'further_act' ? { ...date, preferred: true } : date,
    held: held.map(({ date, place, preferred, source }) => ({ date, place, preferred, source })),
  }
}

function fieldDifferences(draft: Proposal, agreement: Agreement, names: Names): FieldDifference[] {
  const differences: FieldDifference[] = []
  const differ = (pointer: string, own: string, held: string | null) => {
    if (own !== held) differences.push({ pointer, draft: own, register: held })
  }
  if (draft.type !== 'other') differ('/type', draft.type, agreement.type)
  if (draft.binding !== 'unknown') differ('/binding', draft.binding, agreement.binding)
  if (draft.term?.length) differ('/term/length', draft.term.length, agreement.term?.length ?? null)
  if (draft.term?.lastDay) differ('/term/lastDay', draft.term.lastDay, agreement.term?.lastDay ?? null)
  for (const [i, { signatory, representative }] of draft.signatories.entries()) {
    const body = names.body(signatory)
    const held = agreement.signatories.filter(({ party }) => body && party.code === names.partyOf(body).code)
    if (!held.some((one) => one.signatory.code === signatory || one.ancestors.some(({ code }) => code === signatory)))
      differ(`/signatories/${i}/signatory`, signatory, held[0]?.signatory.code ?? null)
    const people = held.flatMap((one) => one.representative?.name ?? [])
    if (representative && !people.includes(representative.name))
      differ(`/signatories/${i}/representative/name`, representative.name, people[0] ?? null)
  }
  for (const [i, code] of draft.researchDomains.entries())
    if (!agreement.researchDomains.some((one) => `${one.scheme}:${one.code}` === code))
      differ(`/researchDomains/${i}`, code, null)
  for (const [i, { statement }] of draft.claims.entries())
    if (!agreement.claims.some((one) => one.statement === statement)) differ(`/claims/${i}/statement`, statement, null)
  return differences
}
