import type { FastifyReply, FastifyRequest } from 'fastify'
import { listRows, readImport, shapeOf } from '../../imports/queries.ts'
import type { Import, ImportRow, ImportRowQuery } from '../../imports/schemas.ts'
import { waitingFor } from '../../imports/waiting/queries.ts'
import { withTotal, writePage } from '../../http/paging.ts'
import { askedOf, at, withValues } from '../asked.ts'
import { actorInWords } from '../history.tsx'
import { A, Coded, PostForm, sendHtml } from '../page.tsx'
import { pageOf } from '../paths.ts'
import { Next } from '../views.tsx'
import { counted, grouped, instantInDigits } from '../words.ts'
import { namesFor, Rows } from './rows.tsx'
import { failureOf, isUnderWay, rowsWith, stateOf, verdictsShown, verdictWords } from './words.ts'

type Request = FastifyRequest<{ Params: { id: string }; Querystring: ImportPageQuery }>

type ImportPageQuery = Pick<ImportRowQuery, 'verdict' | 'cursor'> & { renew?: 'false' | undefined }

/** How often the page of an import that is under way renews itself, in seconds. */
const renewal = 2

/** How many rows a page has. */
const limit = 50

/** The page of an import or a dry run: its progress, and what becomes of its rows. */
export async function importPage(request: Request, reply: FastifyReply): Promise<FastifyReply> {
  const { db, params, query: asked } = request
  const made = await readImport(db, params.id)
  const query = { verdict: asked.verdict, cursor: asked.cursor, limit, count: 'exact' as const }
  const [{ rows, ...notes }, shape, file] = await Promise.all([
    withTotal(db, query, (db) => listRows(db, made.id, query)),
    shapeOf(db, made.id),
    waitingFor(db, made.id),
  ])
  const page = JSON.parse(writePage(request, reply, query, rows, notes)) as {
    items: ImportRow[]
    nextCursor: string | null
  }
  const names = await namesFor(db, page.items)
  const renews = isUnderWay(made) && asked.renew !== 'false'
  if (renews) void reply.header('refresh', renewal)
  const fields = askedOf(request)
  return sendHtml(request, reply, {
    title: `${made.dryRun ? 'Dry run' : 'Import'} of ${nameOf(made)}`,
    api: null,
    body: (
      <>
        <h1>
          {made.dryRun ? 'Dry run' : 'Import'} of {nameOf(made)}
        </h1>
        {isUnderWay(made) ? <Progress made={made} renews={renews} /> : <Ended made={made} file={file} />}
        <Parties made={made} file={file} />
        <Columns made={made} />
        <h2 id="rows">Rows</h2>
        <Chips made={made} query={fields} />
        <Rows rows={page.items} shape={shape} names={names} />
        <Next query={fields} to={`/imports/${made.id}`} cursor={page.nextCursor} />
        <Files made={made} />
        <p class="faint">
          Started on {instantInDigits(made.createdAt)} (UTC)
          {made.createdBy !== null && ` by ${actorInWords(made.createdBy)}`}
          {made.cancelledBy !== null && `; cancelled by ${actorInWords(made.cancelledBy)}`}.{' '}
          <A to="/imports">All imports</A>
        </p>
      </>
    ),
  })
}

const nameOf = ({ fileName }: Import): string => fileName ?? 'a file without a name'

function Progress({ made, renews }: { made: Import; renews: boolean }) {
  const { id, processed, rows, status } = made
  return (
    <section class="told" aria-label="Progress">
      <p role="status">{stateOf(made)} rows.</p>
      {status === 'running' && <progress aria-label="Rows done" max={rows} value={processed} />}
      <p>
        {renews ? (
          <>
            This page renews itself every {renewal} seconds. <A to={`/imports/${id}?renew=false`}>Stop that</A>
          </>
        ) : (
          <A to={`/imports/${id}`}>Show how far it is</A>
        )}
      </p>
      <PostForm to={`/imports/${id}/cancel`}>
        <button>Cancel</button>
      </PostForm>
    </section>
  )
}

function Ended({ made, file }: { made: Import; file: string | undefined }) {
  const { dryRun, status, counts, collection } = made
  const failure = failureOf(made)
  const stored = counts.created + counts.updated
  if (dryRun && status === 'done') return <Ready made={made} file={file} />
  return (
    <section class={status === 'done' ? 'told' : 'told wrong'} aria-label="Result">
      <p role="status">
        {stateOf(made)}.{failure !== null && ` ${failure}`}
        {status === 'cancelled' && !dryRun && ` ${counted(stored, 'agreement')} were stored before.`}
      </p>
      {!dryRun && stored > 0 && collection !== null && (
        <p>
          <A to={at('/agreements', new URLSearchParams({ collection: collection.code }))}>
            All agreements of the collection {collection.name}
          </A>
          , <A to={pageOf.collection(collection.code)}>about the collection</A>
        </p>
      )}
      {status !== 'done' && file !== undefined && <Again made={made} file={file} />}
      {made.similarRows > 0 && <Similar made={made} />}
    </section>
  )
}

/** What can be done about an import that stored nothing. */
function Again({ made, file }: { made: Import; file: string }) {
  return (
    <>
      <p>
        <A to={`/imports/files/${file}`}>Change what the columns are</A>, or correct the file and{' '}
        <A to="/imports">upload it again</A>.
      </p>
      {made.failure?.code === 'rows_refused' && (
        <PostForm to={`/imports/files/${file}/import`}>
          <button name="others" value="true">
            Import the other rows
          </button>
        </PostForm>
      )}
    </>
  )
}

function Ready({ made, file }: { made: Import; file: string | undefined }) {
  const { counts } = made
  const stored = counts.created + counts.updated
  const what = [
    counts.created > 0 && `${counted(counts.created, 'agreement')} would be added`,
    counts.updated > 0 && `${counted(counts.updated, 'agreement')} would be changed`,
    counts.unchanged > 0 &&
      `${counted(counts.unchanged, 'row')} ${counts.unchanged === 1 ? 'is' : 'are'} in the register already`,
    counts.refused > 0 && `${counted(counts.refused, 'row')} would be refused`,
    counts.skipped > 0 && `${counted(counts.skipped, 'row')} would be left out`,
  ].filter((text) => text !== false)
  return (
    <section class="told" aria-label="Result">
      <p role="status">Nothing is stored yet. {what.join('; ')}.</p>
      {made.similarRows > 0 && <Similar made={made} />}
      {file === undefined ? (
        <p>
          The choices were changed since, or the file is no longer kept. <A to="/imports">Go to the imports</A>
        </p>
      ) : (
        <>
          {stored > 0 && (
            <PostForm to={`/imports/files/${file}/import`}>
              <input type="hidden" name="dryRun" value={made.id} />
              {counts.refused > 0 && <input type="hidden" name="others" value="true" />}
              <button class="main">
                {counts.refused > 0 ? `Import the other ${counted(stored, 'row')}` : `Import ${counted(stored, 'row')}`}
              </button>
            </PostForm>
          )}
          <p>
            <A to={`/imports/files/${file}`}>Change what the columns are</A>
          </p>
        </>
      )}
    </section>
  )
}

const Similar = ({ made: { similarRows } }: { made: Import }) => (
  <p>
    {counted(similarRows, 'new agreement')} {similarRows === 1 ? 'is' : 'are'} perhaps the same as others: see “Perhaps
    the same” at the rows.
  </p>
)

/** How many names are shown. */
const few = 20

function Parties({ made, file }: { made: Import; file: string | undefined }) {
  const { unmatchedParties, addedParties, dryRun } = made
  return (
    <>
      {unmatchedParties.length > 0 && (
        <>
          <h2>Parties that the register does not know</h2>
          {file !== undefined && (
            <p>
              Correct them in the file and upload it again, or{' '}
              <A to={`/imports/files/${file}#unknownParties`}>choose that they are added to the register</A>.
            </p>
          )}
          <ul>
            {unmatchedParties.slice(0, few).map(({ party, problem, candidates, rows }) => (
              <li>
                <b>{party}</b>, in {counted(rows, 'row')}
                {candidates.length > 0 && (problem === 'ambiguous' ? '. Several have this name: ' : '. Similar: ')}
                {candidates.map((code, i) => (
                  <>
                    {i > 0 && ', '}
                    <A to={pageOf.signatory(code)}>{code}</A>
                  </>
                ))}
              </li>
            ))}
          </ul>
          <More all={unmatchedParties.length} />
        </>
      )}
      {addedParties.length > 0 && (
        <>
          <h2>{dryRun ? 'Parties that would be added' : 'Parties that were added'}</h2>
          <ul class="many">
            {addedParties.slice(0, few).map(({ party, rows }) => (
              <li>
                {party}, in {counted(rows, 'row')}
              </li>
            ))}
          </ul>
          <More all={addedParties.length} />
        </>
      )}
    </>
  )
}

const More = ({ all }: { all: number }) => (all > few ? <p class="faint">and {grouped(all - few)} more</p> : null)

function Columns({ made: { unusedColumns, otherValues } }: { made: Import }) {
  if (unusedColumns.length + otherValues.length === 0) return null
  return (
    <details class="more">
      <summary>Columns that are not taken, and values that became “other”</summary>
      <ul>
        {unusedColumns.slice(0, few).map(({ column, rows }) => (
          <li>
            <b>{column}</b> is not taken; it has content in {counted(rows, 'row')}.
          </li>
        ))}
        {otherValues.slice(0, few).map(({ value, became, rows }) => (
          <li>
            <b>{value}</b> became {became === '' ? 'unknown' : <Coded text={`\`${became}\``} />} in{' '}
            {counted(rows, 'row')}.
          </li>
        ))}
      </ul>
    </details>
  )
}

/** The number of rows with each verdict, as links that show only these. */
function Chips({ made, query }: { made: Import; query: URLSearchParams }) {
  const to = `/imports/${made.id}`
  const current = query.get('verdict')
  const withVerdict = (verdict: string | undefined) => at(to, withValues(query, { verdict, cursor: undefined }))
  return (
    <ul class="chips">
      <li>
        <A to={withVerdict(undefined)} {...(current === null && { 'aria-current': 'true' as const })}>
          All: {grouped(made.rows)}
        </A>
      </li>
      {verdictsShown
        .filter((verdict) => rowsWith(made, verdict) > 0)
        .map((verdict) => (
          <li>
            <A to={withVerdict(verdict)} {...(current === verdict && { 'aria-current': 'true' as const })}>
              {verdictWords[verdict]}: {grouped(rowsWith(made, verdict))}
            </A>
          </li>
        ))}
    </ul>
  )
}

function Files({ made }: { made: Import }) {
  const to = `/imports/${made.id}/rows.csv?bom=true`
  return (
    <p>
      {made.counts.refused > 0 && (
        <>
          <A to={`${to}&verdict=refused`}>Refused rows as CSV</A>, with the reasons: correct them, and upload that
          file.{' '}
        </>
      )}
      <A to={to}>All rows as CSV</A>
    </p>
  )
}
