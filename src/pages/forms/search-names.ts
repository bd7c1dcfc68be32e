import type { Database } from '../../database/connect.ts'
import { collectionRegistry } from '../../registry/collections/queries.ts'
import type { Collection } from '../../registry/collections/schemas.ts'
import { domainRegistry } from '../../registry/research-domains/queries.ts'
import type { ResearchDomain } from '../../registry/research-domains/schemas.ts'
import { signatoryRegistry } from '../../registry/signatories/queries.ts'
import type { Signatory } from '../../registry/signatories/schemas.ts'
import { inWords } from '../words.ts'
import { searchAgreements } from './agreement-names.ts'
import type { NameKind } from './fields.ts'

/** An entry that a search finds, with what tells it from others of the same name. */
export interface FoundName {
  code: string
  name: string
  /** How a field shows it, if not by name and code. */
  written?: string
  note: string
}

/** How many entries a search shows, and how many it reads to find the bodies of one party among them. */
const [shown, read] = [8, 200]

/** The entries with these words in a name, in any language, those with exactly the name first. */
export async function searchNames(
  db: Database,
  kind: NameKind,
  q: string,
  party: string | undefined,
): Promise<FoundName[]> {
  if (kind === 'agreement') {
    const found = await searchAgreements(db, q, shown)
    return found.map(({ id, written, note }) => ({ code: id, name: written, written, note }))
  }
  if (kind === 'domain') {
    const { rows } = await domainRegistry.list(db, { q, limit: shown })
    return documentsOf<ResearchDomain>(rows).map(({ scheme, code, label, broader }) => ({
      code: `${scheme}:${code}`,
      name: label,
      note: broader?.label ?? scheme,
    }))
  }
  if (kind === 'collection') {
    const { rows } = await collectionRegistry.list(db, { q, limit: shown })
    return documentsOf<Collection>(rows).map(({ code, name, publisher }) => ({ code, name, note: publisher ?? '' }))
  }
  const { rows } = await signatoryRegistry.list(db, { q, limit: party === undefined ? shown : read })
  return documentsOf<Signatory>(rows, read)
    .filter((body) => party === undefined || (body.party.code === party && body.code !== party))
    .slice(0, shown)
    .map(({ code, name, kind, party }) => ({
      code,
      name,
      note: party.code === code ? inWords(kind) : `${inWords(kind)} of ${party.name}`,
    }))
}

const documentsOf = <Document>(rows: { document: string | null }[], most = shown): Document[] =>
  rows.slice(0, most).flatMap(({ document }) => (document === null ? [] : [JSON.parse(document) as Document]))
