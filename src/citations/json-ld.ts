import type { Agreement } from '../agreements/schemas.ts'
import { groupedBy } from '../shared/grouped.ts'
import { citationOf, padded } from './citation.ts'

/** schema.org has no word for being signed or suspended: these are not in force, or not known to be. */
const legalForce: Partial<Record<Agreement['status'], string>> = {
  in_force: 'InForce',
  provisionally_applied: 'PartiallyInForce',
  negotiating: 'NotInForce',
  signed: 'NotInForce',
  suspended: 'NotInForce',
  terminated: 'NotInForce',
}

/** The property of schema.org for a relation; for the others, that of the register's own vocabulary. */
const relations: Record<Agreement['relations'][number]['kind'], string> = {
  amends: 'legislationChanges',
  extends: 'legislationChanges',
  supersedes: 'legislationRepeals',
  terminates: 'legislationRepeals',
  implements: 'legislationApplies',
  cites: 'citation',
}

/**
 * An agreement as JSON-LD: `Legislation` of schema.org, with the parties and the acts in the vocabulary that
 * `docs/vocabulary.md` describes.
 * @param addressOf the address of an agreement by its id
 * @param vocabulary the address of the vocabulary
 */
export function jsonLdOf(agreement: Agreement, addressOf: (id: string) => string, vocabulary: string): object {
  const { id, title, summary, languages, identifiers, reference, researchDomains } = agreement
  const { signed, type } = citationOf(agreement, addressOf(id))
  const related = groupedBy(agreement.relations, ({ kind }) => relations[kind])
  return {
    '@context': { '@vocab': 'https://schema.org/', entente: `${vocabulary}#` },
    '@id': addressOf(id),
    '@type': 'Legislation',
    name: title,
    alternateName: agreement.alternativeTitles.map(({ language, title }) => ({
      '@language': language,
      '@value': title,
    })),
    legislationIdentifier: [
      ...(reference === null ? [] : [reference]),
      ...identifiers.map(({ scheme, value }) => `${scheme}:${value}`),
    ],
    legislationType: type,
    ...(signed.length > 0 && {
      legislationDate: padded(signed).join('-'),
    }),
    ...(legalForce[agreement.status] && {
      legislationLegalForce: { '@id': `https://schema.org/${legalForce[agreement.status]}` },
    }),
    ...(summary !== null && { abstract: summary }),
    inLanguage: languages,
    about: researchDomains.map(({ scheme, code, label }) => ({
      '@type': 'DefinedTerm',
      termCode: code,
      inDefinedTermSet: scheme,
      name: label,
    })),
    ...Object.fromEntries(
      [...related].map(([name, all]) => [name, all.map(({ agreement: other }) => ({ '@id': addressOf(other) }))]),
    ),
    encoding: agreement.documents.map(({ title, url, language, mediaType }) => ({
      '@type': 'MediaObject',
      name: title,
      contentUrl: url,
      ...(language !== null && { inLanguage: language }),
      ...(mediaType !== null && { encodingFormat: mediaType }),
    })),
    'entente:status': agreement.status,
    'entente:statusBasis': agreement.statusBasis,
    'entente:party': agreement.parties.map(({ code, name, kind, side, inForce }) => ({
      'entente:code': code,
      name,
      'entente:kind': kind,
      'entente:side': side,
      'entente:inForce': inForce.map(({ since, until }) => ({ 'entente:since': since, 'entente:until': until })),
    })),
    'entente:act': agreement.dates.map(({ event, date, signatory, place, preferred, source }) => ({
      'entente:event': event,
      'entente:date': date,
      ...(signatory !== null && { 'entente:signatory': signatory.code }),
      ...(place !== null && { 'entente:place': place }),
      'entente:preferred': preferred,
      ...(source !== null && { 'entente:source': sourceOf(agreement, source) }),
    })),
    dateModified: agreement.updatedAt,
  }
}

function sourceOf({ sources }: Agreement, key: string): object {
  const source = sources.find((one) => one.key === key)
  return { name: source?.title ?? key, ...(source?.url && { url: source.url }) }
}
