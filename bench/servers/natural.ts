import { sql } from 'drizzle-orm'
import type { Database } from '../../src/database/connect.ts'
import { mark, prototype, prototypes } from '../register/agreements.ts'

/** An agreement as a client of a peer would write it: see `peers/natural.sql`. */
export interface NaturalAgreement {
  id: string
  title: string
  type: string
  binding: string
  summary: string | null
  languages: string[]
  status: string
  signed: string | null
  parties: {
    id: string
    partyId: string
    code: string
    side: number
    role: string
    representativeName: string | null
  }[]
  domains: string[]
  dates: {
    id: string
    event: string
    date: string
    firstDay: string
    lastDay: string
    place: string | null
    preferred: boolean
  }[]
  sources: { key: string; title: string; publisher: string }[]
  identifiers: { scheme: string; value: string }[]
}

/** What requests to peers are made from. */
export interface Entries {
  /** The id of a party by its code, and of a domain by scheme and code. */
  party: (code: string) => string
  domain: (code: string) => string
  /** The ids of a domain and its narrower ones. */
  under: (code: string) => string[]
}

export async function entriesOf(db: Database): Promise<Entries> {
  const parties = await db.query<{ id: string; code: string }>(sql`select id, code from signatories`)
  const domains = await db.query<{ id: string; code: string; broader: string | null }>(
    sql`select id, scheme || ':' || code as code, broader_id as broader from research_domains`,
  )
  const [ids, domainIds] = [parties, domains].map((rows) => new Map(rows.map(({ id, code }) => [code, id])))
  const below = (id: string): string[] => [
    id,
    ...domains.flatMap((domain) => (domain.broader === id ? below(domain.id) : [])),
  ]
  const domain = (code: string): string => domainIds!.get(code)!
  return { party: (code) => ids!.get(code)!, domain, under: (code) => below(domain(code)) }
}

interface Body {
  title: string
  type: string
  binding: string
  summary: string | null
  languages: string[]
  signatories: { side: number; signatory: string; representative: { name: string } | null }[]
  dates: { event: string; date: string; place?: string; preferred?: boolean }[]
  researchDomains: string[]
  sources: { key: string; title: string; publisher: string }[]
  identifiers: { scheme: string; value: string }[]
}

/** The same agreement that Entente gets for `n`, in the terms of the natural schema. @param run tells runs apart */
export function naturalAgreement(n: number, run: string, entries: Entries): NaturalAgreement {
  const text = JSON.stringify(prototype((n * 37) % prototypes, '2026-01-01').body)
  const body = JSON.parse(text.replaceAll(mark, `${run}${n}`)) as Body
  const { title, type, binding, summary, languages, sources, identifiers } = body
  const signed = body.dates.find(({ event }) => event === 'signed')?.date
  return {
    id: crypto.randomUUID(),
    title,
    type,
    binding,
    summary,
    languages,
    status: 'signed',
    signed: signed === undefined ? null : firstDay(signed),
    parties: body.signatories.map(({ side, signatory, representative }) => {
      const code = signatory.replace(/-X\d+$/, '')
      const own = { id: crypto.randomUUID(), partyId: entries.party(code), code }
      return { ...own, side, role: 'signed', representativeName: representative?.name ?? null }
    }),
    domains: body.researchDomains.map(entries.domain),
    dates: body.dates.map(({ event, date, place = null, preferred = true }) => ({
      id: crypto.randomUUID(),
      event,
      date,
      firstDay: firstDay(date),
      lastDay: firstDay(date),
      place,
      preferred,
    })),
    sources: sources.map(({ key, title, publisher }) => ({ key, title, publisher })),
    identifiers,
  }
}

const firstDay = (date: string): string => `${date}-01-01`.slice(0, 10)
