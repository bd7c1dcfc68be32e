import type { FastifyReply, FastifyRequest } from 'fastify'
import { listImports } from '../../imports/queries.ts'
import type { Import, ImportQuery } from '../../imports/schemas.ts'
import { listWaiting } from '../../imports/waiting/queries.ts'
import { withTotal, writePage } from '../../http/paging.ts'
import type { Problem } from '../../problems/problems.ts'
import { askedOf } from '../asked.ts'
import { actorInWords } from '../history.tsx'
import { A, Coded, PostForm, sendHtml, sendNotice } from '../page.tsx'
import { Next } from '../views.tsx'
import { grouped, instantInDigits } from '../words.ts'
import { stateOf } from './words.ts'

type Request = FastifyRequest<{ Querystring: ImportQuery }>

/** The page at `/imports`: files are uploaded here, and the imports so far are listed. @param problem why a file was not taken */
export async function importsPage(
  request: FastifyRequest,
  reply: FastifyReply,
  problem?: Problem,
): Promise<FastifyReply> {
  const { db } = request
  const query = problem === undefined ? { ...(request as Request).query, limit: 25 } : { limit: 25 }
  const [{ rows, ...notes }, waiting] = await Promise.all([
    withTotal(db, query, (db) => listImports(db, query)),
    listWaiting(db),
  ])
  const page = JSON.parse(writePage(request, reply, query, rows, notes)) as {
    items: Import[]
    nextCursor: string | null
  }
  const shown = {
    title: 'Import',
    api: null,
    body: (
      <>
        <h1>Import agreements from a file</h1>
        <p>
          A spreadsheet (XLSX), CSV, TSV, JSON or NDJSON, with one agreement a row; at most 64 MB. Nothing is stored in
          the register before you have seen what would become of each row.
        </p>
        <Upload wrong={problem?.message} />
        {waiting.length > 0 && (
          <>
            <h2>Uploaded, but not imported yet</h2>
            <ul>
              {waiting.map(({ id, name, actor, createdAt }) => (
                <li>
                  <A to={`/imports/files/${id}`}>{name}</A>, uploaded on {instantInDigits(createdAt)} (UTC)
                  {actor !== null && ` by ${actorInWords(actor)}`}
                </li>
              ))}
            </ul>
          </>
        )}
        <h2>Imports so far</h2>
        <Imports items={page.items} />
        <Next query={askedOf(request)} to="/imports" cursor={page.nextCursor} />
      </>
    ),
  }
  return problem === undefined
    ? sendHtml(request, reply, shown)
    : sendNotice(request, reply.headers(problem.headers), problem.status, shown)
}

function Upload({ wrong }: { wrong: string | undefined }) {
  return (
    <PostForm to="/imports" enctype="multipart/form-data">
      <p class="asked">
        <label for="file">File</label>
        <input
          id="file"
          type="file"
          name="file"
          required
          accept=".csv,.tsv,.tab,.txt,.json,.ndjson,.jsonl,.xlsx"
          {...(wrong !== undefined && { 'aria-invalid': true, 'aria-describedby': 'file-error' })}
        />
        {wrong !== undefined && (
          <span class="error" id="file-error" role="alert">
            <Coded text={wrong} />
          </span>
        )}
      </p>
      <button class="main">Upload</button>
    </PostForm>
  )
}

function Imports({ items }: { items: Import[] }) {
  if (items.length === 0) return <p>None.</p>
  return (
    <div class="scroll">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">When (UTC)</th>
            <th scope="col">By</th>
            <th scope="col">Collection</th>
            <th scope="col">Rows</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {items.map((made) => (
            <tr>
              <td>
                <A to={`/imports/${made.id}`}>{made.fileName ?? 'File without a name'}</A>
              </td>
              <td data-name="When (UTC)">{instantInDigits(made.createdAt)}</td>
              <td data-name="By">{made.createdBy ?? 'Unknown'}</td>
              <td data-name="Collection">{made.collection?.name ?? 'None'}</td>
              <td data-name="Rows">{grouped(made.rows)}</td>
              <td data-name="Result">{stateOf(made)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
