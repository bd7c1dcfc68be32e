import { v7 as uuidv7 } from 'uuid'
import { type Entry, keyOf, readRange } from '../changes/queries.ts'
import type { Database, Statement } from '../database/connect.ts'
import { Problem } from '../problems/problems.ts'
import type { WebhookEvent } from './events.ts'
import { changesIn } from './selection.ts'
import type { disabledReasons } from './tables.ts'

interface Behind {
  id: string
  selection: string | null
  events: string[] | null
  position: number
}

/** Maximum number of changes that one transaction makes deliveries of. */
const maxBatch = 200

/** A webhook with so many deliveries that wait gets no more: its position waits in the feed instead. */
const maxWaiting = 1_000

const behindStatement: Statement = {
  name: 'webhook-behind',
  text: `select id, selection, events, position::float8 from webhooks w
    where enabled and position < $1 and id <> all($2::uuid[]) and (
      select count(*) from (
        select from webhook_deliveries d where d.webhook_id = w.id and d.status = 'pending' limit ${maxWaiting}
      ) counted
    ) < ${maxWaiting}
    order by position limit 1 for no key update skip locked`,
}

const moveStatement: Statement = { name: 'move-webhook', text: 'update webhooks set position = $2 where id = $1' }

const addStatement: Statement = {
  name: 'add-deliveries',
  text: `insert into webhook_deliveries (id, webhook_id, type, body)
    select id, $1, type, body from unnest($2::uuid[], $3::text[], $4::text[]) e (id, type, body)`,
}

const disableStatement: Statement = {
  name: 'disable-webhook',
  text: `update webhooks set enabled = false, disabled_reason = $2, version = version + 1,
      updated_at = statement_timestamp(), updated_by = null where id = $1`,
}

/**
 * Makes deliveries of the next changes for the webhook that is furthest behind, and moves its position: both or neither.
 * Other processes skip it meanwhile.
 * @param last the last change of the feed
 * @param failed the ids of webhooks for which this has failed, to be left out; one for which it fails is added
 * @returns whether there was such a webhook
 */
export async function fillNext(db: Database, last: number, failed: Set<string>): Promise<boolean> {
  let id: string | undefined
  try {
    return await db.transaction(async (db) => {
      const [webhook] = await db.query<Behind>(behindStatement, [last, [...failed]])
      id = webhook?.id
      if (webhook) await fill(db, webhook, last)
      return webhook !== undefined
    })
  } catch (error) {
    if (id !== undefined) failed.add(id)
    throw error
  }
}

async function fill(db: Database, webhook: Behind, last: number): Promise<void> {
  const { id, events } = webhook
  const range = await nextRange(db, webhook)
  if (typeof range === 'string') return void (await db.query(disableStatement, [id, range]))
  const wanted = range.entries.filter((entry) => events === null || events.includes(typeOf(entry)))
  await addDeliveries(db, id, wanted)
  await db.query(moveStatement, [id, range.end ?? last])
}

/** The next changes of the selection, or why there can be none. */
async function nextRange(db: Database, { selection, position }: Behind) {
  try {
    return await readRange(db, await changesIn(db, selection), { after: position }, maxBatch)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const reason: (typeof disabledReasons)[number] =
      error.code === 'changes_gone' ? 'changes_gone' : 'selection_invalid'
    return reason
  }
}

const typeOf = ({ kind, operation }: Entry): WebhookEvent['type'] => `${kind}.${operation}` as WebhookEvent['type']

async function addDeliveries(db: Database, webhook: string, entries: Entry[]): Promise<void> {
  if (entries.length === 0) return
  const references = await readReferences(db, entries)
  const events = entries.map((entry): WebhookEvent => {
    const { sequence, kind, id, version, cause, inSelection, code, mergedInto, publishedAt } = entry
    const reference = references.get(keyOf(entry)) ?? null
    const data = { webhook, sequence, kind, id, reference, version, cause, inSelection, code, mergedInto }
    return { type: typeOf(entry), timestamp: publishedAt, data }
  })
  await db.query(addStatement, [
    webhook,
    events.map(() => uuidv7()),
    events.map(({ type }) => type),
    events.map((event) => JSON.stringify(event)),
  ])
}

/** That of a deletion is what the agreement had before. */
const referencesStatement: Statement = {
  name: 'references-of-versions',
  text: `select w.id || ' ' || w.version as key, v.document::json ->> 'reference' as reference
    from unnest($1::uuid[], $2::integer[]) w (id, version) cross join lateral (
      select document from agreement_versions v
      where v.agreement_id = w.id and v.version <= w.version and v.document is not null order by v.version desc limit 1
    ) v`,
}

async function readReferences(db: Database, entries: Entry[]): Promise<Map<string, string | null>> {
  const wanted = entries.filter(({ kind }) => kind === 'agreement')
  const rows = await db.query<{ key: string; reference: string | null }>(referencesStatement, [
    wanted.map(({ id }) => id),
    wanted.map(({ version }) => version),
  ])
  return new Map(rows.map(({ key, reference }) => [key, reference]))
}
