import { sql } from 'drizzle-orm'
import { countMatching } from '../agreements/list/where.ts'
import { lookUpFilter } from '../agreements/list/lookup-filter.ts'
import type { AgreementFilter } from '../agreements/list/filter.ts'
import { readAgreement } from '../agreements/queries.ts'
import type { Agreement } from '../agreements/schemas.ts'
import type { Database } from '../database/connect.ts'
import { readPosition } from '../position/queries.ts'
import { inBody } from '../problems/problems.ts'
import { find, refuseMissing, unknownReference } from '../registry/lookup.ts'
import { signatoryLookup } from '../registry/signatories/lookup.ts'
import { parseEdtf } from '../shared/edtf.ts'
import { possibleReferenceKeys } from '../shared/identifiers.ts'
import { isUuid } from '../shared/schemas.ts'
import type { AgreementType, CountStatement, Unread } from './count.ts'
import type { Statement } from './statement.ts'
import type { ClaimCheck, ClaimCheckInput, ClaimFinding } from './schemas.ts'

/** A body whose agreements are counted. */
interface Counted {
  code: string
  name: string
}

/** What a claim is checked with. `link` makes an address that clients can use. */
export interface Question {
  statement: Statement | Unread | undefined
  agreement: Agreement | undefined
  /** The body that the request names. */
  signatory: Counted | undefined
  link: (path: string) => string
}

/** Looks up what a request names. @throws Problem 422 for what does not exist */
export async function lookUpClaim(
  db: Database,
  { agreement, signatory }: Pick<ClaimCheckInput, 'agreement' | 'signatory'>,
): Promise<Pick<Question, 'agreement' | 'signatory'>> {
  const bodies = signatory === null ? [] : [{ reference: signatory, at: inBody('/signatory') }]
  const entries = await find(db, signatoryLookup, bodies, 'free')
  const id = agreement === null ? undefined : await idOf(db, agreement)
  const unknown =
    agreement !== null && id === undefined
      ? [unknownReference('agreement', { reference: agreement, at: inBody('/agreement') })]
      : []
  refuseMissing([...unknown, ...entries.errors])
  return {
    agreement: id === undefined ? undefined : (JSON.parse((await readAgreement(db, id)).document) as Agreement),
    signatory: signatory === null ? undefined : entries.get(signatory),
  }
}

async function idOf(db: Database, reference: string): Promise<string | undefined> {
  const ids = isUuid(reference) ? [reference.toLowerCase()] : []
  const [row] = await db.query<{ id: string }>(sql`
    select id from agreements where deleted_at is null
      and (id = any(${sql.param(ids)}::uuid[]) or reference_key = any(${sql.param(possibleReferenceKeys([reference]))}::text[]))
    order by id limit 1`)
  return row?.id
}

export async function checkClaim(db: Database, question: Question): Promise<ClaimCheck> {
  const { statement } = question
  if (!statement) return cannotSay(null, 'The statement is of no kind that the register can check.')
  if (statement.kind === 'unread') return cannotSay(statement.of, statement.reason)
  if (statement.kind === 'count') return assessed('count', await countFindings(db, question, statement))
  const { agreement } = question
  if (!agreement) return cannotSay(statement.kind, 'Send `agreement`: the statement is about a single agreement.')
  if (statement.kind === 'date') return assessed('date', [dateFinding(agreement, statement, question.link)])
  const findings: ClaimFinding[] = []
  for (const selection of selectionsOf(agreement, question, statement))
    findings.push(await positionFinding(db, { agreement, statement, selection, link: question.link }))
  if (findings.length === 0) return cannotSay(statement.kind, 'The body did not sign this agreement.')
  return assessed(statement.kind, findings)
}

const cannotSay = (kind: ClaimCheck['kind'], message: string): ClaimCheck => ({
  assessment: 'unverified',
  kind,
  message,
  findings: [],
})

function assessed(kind: ClaimCheck['kind'], findings: ClaimFinding[]): ClaimCheck {
  const isSupported = findings.some(({ agrees }) => agrees === true)
  const isContradicted = findings.some(({ agrees }) => agrees === false)
  const assessment = isSupported ? 'supported' : isContradicted ? 'contradicted' : 'unverified'
  const deciding = findings.find(({ agrees }) => agrees === (isSupported ? true : isContradicted ? false : null))!
  const { what, claimed, found } = deciding
  return { assessment, kind, message: `${what}: ${found ?? 'not known'}. Claimed: ${claimed}.`, findings }
}

/** Agreements that are counted, in words and as the filter and the query of a list. */
interface Selection {
  words: string
  filter: AgreementFilter
  query: string
}

const types: Record<string, AgreementType> = {
  treaty: 'treaty',
  memorandum: 'memorandum_of_understanding',
}

/** The ways to count: with states only, as “bilateral” is meant at first, and all. */
function selectionsOf(agreement: Agreement, question: Question, statement: Counting['statement']): Selection[] {
  const body = question.signatory ?? statement.body
  const noun = statement.kind === 'position' ? statement.noun : 'agreement'
  const type = types[noun] === undefined || types[noun] !== agreement.type ? undefined : types[noun]
  const base = body ? ofBody(agreement, body) : ofPair(agreement)
  if (!base) return []
  const all = type ? withTypes(base, [type]) : base
  const isWithStates = agreement.parties.every(({ kind }) => kind === 'state')
  const states = isWithStates ? [withStates(all)] : []
  return noun === 'bilateral' ? [...states, all] : [all, ...states]
}

function ofBody({ signatories }: Agreement, { code, name }: Counted): Selection | undefined {
  const hasSigned = signatories.some(
    ({ role, signatory, ancestors }) =>
      role !== 'witnessed' && [signatory, ...ancestors].some((one) => one.code === code),
  )
  if (!hasSigned) return undefined
  return {
    words: `agreements of ${name}`,
    filter: { signatory: [code] },
    query: `signatory=${encodeURIComponent(code)}`,
  }
}

function ofPair({ parties }: Agreement): Selection | undefined {
  const [one, other] = [1, 2].map((side) => parties.find((party) => party.side === side))
  if (!one || !other) return undefined
  const pair = `${one.code},${other.code}`
  return { words: `agreements between ${one.name} and ${other.name}`, filter: { pair }, query: `pair=${pair}` }
}

const withStates = ({ words, filter, query }: Selection): Selection => ({
  words: `${words}, with states only`,
  filter: { ...filter, partyKind: ['state'] },
  query: `${query}&partyKind=state`,
})

const withTypes = ({ words, filter, query }: Selection, given: readonly AgreementType[]): Selection => ({
  words: `${words}, of the type ${given.map((type) => type.replaceAll('_', ' ')).join(' or ')}`,
  filter: { ...filter, type: [...given] },
  query: `${query}${given.map((type) => `&type=${type}`).join('')}`,
})

const signedIn = (
  { words, filter, query }: Selection,
  { signedFrom, signedTo }: CountStatement['period'],
): Selection => ({
  words: `${words}, signed${signedFrom ? ` from ${signedFrom}` : ''}${signedTo ? ` up to ${signedTo}` : ''}`,
  filter: { ...filter, ...(signedFrom && { signedFrom }), ...(signedTo && { signedTo }) },
  query: `${query}${signedFrom ? `&signedFrom=${signedFrom}` : ''}${signedTo ? `&signedTo=${signedTo}` : ''}`,
})

interface Counting {
  agreement: Agreement
  statement: Extract<Statement, { kind: 'position' | 'first_since' }>
  selection: Selection
  link: Question['link']
}

async function positionFinding(
  db: Database,
  { agreement, statement, selection, link }: Counting,
): Promise<ClaimFinding> {
  const { position, total, previous, signed } = await readPosition(db, agreement.id, selection.filter)
  const url = link(`/v1/agreements/${agreement.id}/position?${selection.query}`)
  const before =
    previous === null
      ? 'It is the first of them.'
      : `The one before is ${previous.reference ?? previous.title}, signed ${previous.signed ?? 'on an unknown day'}.`
  if (statement.kind === 'position')
    return {
      what: `Position among the ${total} ${selection.words}`,
      claimed: String(statement.number),
      found: signed === null ? null : String(position),
      agrees: signed === null ? null : position === statement.number,
      note: before,
      url,
    }
  const year = previous?.signed?.slice(0, 4) ?? null
  const isKnown = signed !== null && (previous === null || year !== null)
  return {
    what: `Year of the one before among the ${selection.words}`,
    claimed: statement.year,
    found: year,
    agrees: isKnown ? year === statement.year : null,
    note: before,
    url,
  }
}

async function countFindings(
  db: Database,
  { signatory, link }: Question,
  statement: CountStatement,
): Promise<ClaimFinding[]> {
  const { number, bound } = statement
  const findings: ClaimFinding[] = []
  for (const { words, filter, query } of countedIn(statement, signatory ?? statement.body)) {
    const total = await countMatching(db, filter, await lookUpFilter(db, filter))
    findings.push({
      what: words,
      claimed: bound === 'exactly' ? String(number) : `${bound} ${number}`,
      found: String(total),
      agrees: compare[bound](total, number),
      note: bound === 'about' ? 'An approximate number cannot be confirmed.' : null,
      url: link(`/v1/agreements?${query}&count=exact`),
    })
  }
  return findings
}

const compare: Record<CountStatement['bound'], (total: number, number: number) => boolean | null> = {
  exactly: (total, number) => total === number,
  'at least': (total, number) => total >= number,
  'at most': (total, number) => total <= number,
  'more than': (total, number) => total > number,
  'fewer than': (total, number) => total < number,
  about: () => null,
}

/** The ways to count the agreements of a body, or of two bodies with each other. */
function countedIn({ with: other, types: given, period, isBilateral }: CountStatement, body: Counted): Selection[] {
  const all: Selection = other
    ? {
        words: `Agreements of ${body.name} with ${other.name}`,
        filter: { pair: `${body.code},${other.code}` },
        query: `pair=${body.code},${other.code}`,
      }
    : { words: `Agreements of ${body.name}`, filter: { signatory: [body.code] }, query: `signatory=${body.code}` }
  const typed = given.length > 0 ? withTypes(all, given) : all
  const base = period.signedFrom || period.signedTo ? signedIn(typed, period) : typed
  if (other) return [base]
  return isBilateral ? [withStates(base), base] : [base, withStates(base)]
}

function dateFinding(
  { id, dates }: Agreement,
  { event, date }: Extract<Statement, { kind: 'date' }>,
  link: Question['link'],
): ClaimFinding {
  const held = dates.filter((one) => one.event === event)
  const preferred = held.find((one) => one.preferred)
  const others = held.filter((one) => one !== preferred)
  const saying = ({ date, source }: Agreement['dates'][number]) => `${date} (${source ?? 'no source'})`
  return {
    what: `Day of the act ${event.replaceAll('_', ' ')}`,
    claimed: date,
    found: preferred?.date ?? null,
    agrees: preferred ? canBe(preferred, date) : null,
    note: others.length > 0 ? `Other sources: ${others.map(saying).join(', ')}.` : null,
    url: link(`/v1/agreements/${id}/dates`),
  }
}

/** Whether a date of the register can be the claimed one; null when it is too imprecise to say. */
function canBe({ firstDay, lastDay }: Agreement['dates'][number], claimed: string): boolean | null {
  const { firstDay: from, lastDay: to } = parseEdtf(claimed)
  if (firstDay === null || lastDay === null || from === null || to === null) return null
  if (lastDay < from || firstDay > to) return false
  return firstDay >= from && lastDay <= to ? true : null
}
