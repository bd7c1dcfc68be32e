import type { VersionEntry } from '../versions/schemas.ts'
import { A } from './page.tsx'
import { inWords } from './words.ts'

/** What a value of a change is called. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'string') return `“${value.length > 200 ? `${value.slice(0, 200)}…` : value}”`
  const text = JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

/** Who changed what, from what to what, the latest first. */
export function History({ versions, all }: { versions: VersionEntry[]; all: string }) {
  return (
    <section>
      <h2 id="history">History</h2>
      <ol reversed start={versions[0]?.version}>
        {versions.map(({ version, operation, cause, actor, note, publishedAt, changes }) => (
          <li id={`version-${version}`}>
            {inWords(operation)} on <time dateTime={publishedAt}>{publishedAt.slice(0, 16).replace('T', ' ')}</time>{' '}
            (UTC)
            {actor !== null && ` by ${actor}`}
            {cause !== 'edit' && `, because of ${causes[cause] ?? cause}`}
            {note !== null && `: ${note}`}
            {changes.length > 0 && (
              <ul>
                {changes
                  .filter(({ computed }) => !computed)
                  .map(({ label, from, to }) => (
                    <li>
                      {label}: from {shown(from)} to {shown(to)}
                    </li>
                  ))}
              </ul>
            )}
          </li>
        ))}
      </ol>
      <p class="faint">
        <A to={all}>All versions, as JSON</A>
      </p>
    </section>
  )
}

const causes: Record<string, string> = {
  registry: 'a change of a name or a code that it shows',
  agreement: 'a change of another agreement',
  clock: 'the passing of time',
  format: 'an upgrade of the server',
}
