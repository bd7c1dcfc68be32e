import { z } from 'zod'
import type { Rendering } from '../agreements/renderings.ts'
import { citationOf } from './citation.ts'
import { bibtexOf, cslOf, risOf } from './formats.ts'
import { jsonLdOf } from './json-ld.ts'

const addressIn = (base: string) => (id: string) => `${base}/v1/agreements/${id}`

/** The formats in which an agreement is cited and linked. */
export const citationFormats: Record<string, Rendering> = {
  csl: {
    mediaType: 'application/vnd.citationstyles.csl+json',
    schema: z
      .array(z.looseObject({ id: z.string(), type: z.literal('treaty'), title: z.string() }))
      .meta({ id: 'CslItems', description: 'CSL-JSON: a list of one item of type `treaty`.' }),
    write: (agreement, base) => JSON.stringify(cslOf(citationOf(agreement, addressIn(base)(agreement.id)))),
  },
  ris: {
    mediaType: 'application/x-research-info-systems',
    schema: z.string().describe('RIS, for EndNote, Mendeley and Zotero.'),
    extension: 'ris',
    write: (agreement, base) => risOf(citationOf(agreement, addressIn(base)(agreement.id))),
  },
  bibtex: {
    mediaType: 'application/x-bibtex',
    schema: z.string().describe('BibTeX, in UTF-8.'),
    extension: 'bib',
    write: (agreement, base) => bibtexOf(citationOf(agreement, addressIn(base)(agreement.id))),
  },
  jsonld: {
    mediaType: 'application/ld+json',
    schema: z.looseObject({ '@context': z.unknown(), '@id': z.string(), '@type': z.literal('Legislation') }).meta({
      id: 'LinkedAgreement',
      description:
        'JSON-LD: `Legislation` of schema.org, with parties and acts in the vocabulary at [`/vocabulary`](/vocabulary).',
    }),
    write: (agreement, base) => JSON.stringify(jsonLdOf(agreement, addressIn(base), `${base}/vocabulary`)),
  },
}
