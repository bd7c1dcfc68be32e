import type { Agreement } from '../agreements/schemas.ts'
import { A } from './page.tsx'
import { signedOf } from './agreements.tsx'
import { instantInWords, listed } from './words.ts'

const formats = { 'CSL-JSON': 'csl', RIS: 'ris', BibTeX: 'bibtex', 'JSON-LD': 'jsonld' }

interface Cited {
  agreement: Agreement
  /** The path at which the API answers. */
  api: string
  /** The URL of the page, without a query. */
  url: string
}

/** How to cite an agreement: with the address at which this version stays. */
export function Cite({ agreement, api, url }: Cited) {
  const { title, reference, parties, version, updatedAt } = agreement
  const signed = signedOf(agreement)
  const address = `${url}?asOf=${updatedAt}`
  return (
    <section>
      <h2 id="cite">How to cite it</h2>
      <p>
        {listed(parties.map(({ name }) => name))}: <bdi>{title}</bdi>
        {signed !== null && `, signed ${signed}`}
        {reference !== null && `, ${reference}`}. Version {version} of {instantInWords(updatedAt)}, Entente.{' '}
        {reference === null ? (
          <a href={address}>Address of this version</a>
        ) : (
          <span class="address">
            <code>{address}</code>
          </span>
        )}
      </p>
      <p>
        For reference managers:{' '}
        {Object.entries(formats).map(([name, format], i) => (
          <>
            {i > 0 && ', '}
            <A to={`${api}?format=${format}`}>{name}</A>
          </>
        ))}
      </p>
    </section>
  )
}
