import type { FastifyReply } from 'fastify'
import type { Database } from '../../database/connect.ts'
import { authorOf, type Dependencies } from '../../http/routes.ts'
import { readImport } from '../../imports/queries.ts'
import { receiveImport } from '../../imports/receive.ts'
import { gone, inTurn } from '../../imports/reads.ts'
import { notePlanned, useWaiting } from '../../imports/waiting/queries.ts'
import { workNow } from '../../imports/worker.ts'
import { Problem } from '../../problems/problems.ts'
import { fieldsOf } from './plan.ts'
import { seeOther } from '../see-other.ts'
import { type File, type FileRequest, readFile, refuse, sentIn } from './file.tsx'

interface How {
  dryRun: boolean
  /** Whether nothing is stored if a row is refused. */
  atomic: boolean
  signal?: AbortSignal
}

/** Imports a file by its plan, or tries to, as the API does. @returns the id of the import */
async function begin(
  request: FileRequest,
  file: File,
  { db: pooled, today }: Dependencies,
  { dryRun, atomic, signal, db = request.db }: How & { db?: Database },
): Promise<string> {
  const { id, name, plan } = file
  const options = {
    ...plan.reading,
    ...plan.options,
    mapping: JSON.stringify(plan.mapping),
    dryRun: dryRun ? ('true' as const) : ('false' as const),
    atomic: atomic ? ('true' as const) : ('false' as const),
  }
  const author = authorOf(request, today)
  const received = await inTurn(() =>
    useWaiting(db, id, (handle) => receiveImport(db, { handle, name, ...(signal && { signal }) }, options, author)),
  )
  await notePlanned(db, file, dryRun ? { dryRun: received.id } : { imported: received.id })
  await workNow(db, pooled, received, today, (_, err) => request.log.error({ err }, 'The import failed.'))
  return received.id
}

/** Shows what would become of each row. */
export async function dryRun(
  request: FileRequest,
  reply: FastifyReply,
  file: File,
  deps: Dependencies,
): Promise<FastifyReply> {
  try {
    const id = await begin(request, file, deps, { dryRun: true, atomic: true, signal: gone(reply) })
    return seeOther(reply, `/imports/${id}`)
  } catch (error) {
    return refuse(request, reply, file, error)
  }
}

/** The imports that this process begins, by the ids of their files: a button that is pressed twice begins one. */
const beginning = new Map<string, Promise<string>>()

/** Imports a file after its dry run. It goes on when the browser leaves. */
export async function go(request: FileRequest, reply: FastifyReply, deps: Dependencies): Promise<FastifyReply> {
  const file = await readFile(request)
  const sent = sentIn(request)
  const tried = sent.get('dryRun')
  const isTried = file.dryRunId !== null && (tried ?? file.dryRunId) === file.dryRunId
  if (!isTried || (await readImport(request.db, file.dryRunId!)).status !== 'done')
    return refuse(request, reply, file, notTried(), fieldsOf(file.plan, file.head))
  if (file.importId !== null) {
    const { status, id } = await readImport(request.db, file.importId)
    if (status !== 'failed' && status !== 'cancelled') return seeOther(reply, `/imports/${id}`)
  }
  const others = sent.get('others') === 'true'
  const begun = beginning.get(file.id) ?? begin(request, file, deps, { dryRun: false, atomic: !others, db: deps.db })
  beginning.set(file.id, begun)
  try {
    return seeOther(reply, `/imports/${await begun}`)
  } catch (error) {
    return await refuse(request, reply, file, error, fieldsOf(file.plan, file.head))
  } finally {
    beginning.delete(file.id)
  }
}

const notTried = (): Problem =>
  new Problem('stale', 'A dry run must show first what would become of the rows by these choices.')
