import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendCreated, sendVersion } from '../http/responses.ts'
import { authorOf } from '../http/routes.ts'
import { Problem } from '../problems/problems.ts'
import type { Registry } from '../registry/registry.ts'
import type { Today } from '../shared/calendar.ts'
import type { References } from './publication/lookup.ts'
import type { Parts } from './publication/aggregate.ts'
import { type Change, editAgreement } from './publication/publish.ts'
import { inAgreement, inItem, type PointerTo } from './publication/rules.ts'
import { readAgreement } from './queries.ts'
import { sendCurrent } from './send-current.ts'
import type { Agreement } from './schemas.ts'

type Identified = { id?: string; key?: string }

/** A list of an agreement whose items have their own paths. */
export interface PartList<Input, Row extends Identified> {
  /** Its field in the document, and its segment in the path. */
  name: 'dates' | 'signatories' | 'sources'
  /** What an item is called in messages. */
  noun: string
  /** The field that identifies an item, in the rows and in the document. */
  idField: keyof Identified
  newId: (input: Input, parts: Parts) => string
  /** The registry entries that an item refers to. */
  references: (input: Input) => References
  row: (input: Input, id: string, registry: Registry) => Row
  rowsOf: (parts: Parts) => Row[]
  /** The parts with these rows, and what breaks a rule; `written` are the ids of those that the request writes. */
  withRows: (parts: Parts, rows: Row[], written: ReadonlySet<string>, pointerTo: PointerTo) => Change
  /** @throws Problem 409 when `removed` cannot be removed from `parts` */
  checkRemoval: (removed: Row, parts: Parts) => void
}

type PartRequest = FastifyRequest & { params: { id: string } }

/** The route handlers of a list. Each throws 404 for an item that does not exist. */
export function partHandlers<Input, Row extends Identified>(list: PartList<Input, Row>, today: Today) {
  const { name, noun, idField } = list
  const noItem = (id: string) => new Problem('not_found', `The agreement has no ${noun} \`${id}\`.`)
  const itemsIn = (document: string): Identified[] => (JSON.parse(document) as Agreement)[name]

  function itemIn(document: string, id: string): Identified {
    const item = itemsIn(document).find((item) => item[idField] === id)
    if (!item) throw noItem(id)
    return item
  }

  const editOf = (request: PartRequest) => ({
    id: request.params.id,
    ifMatch: request.headers['if-match'],
    author: authorOf(request, today),
    asShown: request.asShown,
  })

  /** A change in which the row `id` at `index` comes from the request body. */
  function changeOf(parts: Parts, rows: Row[], index: number, id: string): Change {
    const pointerTo = inItem(name, index)
    return { ...list.withRows(parts, rows, new Set([id]), pointerTo), pointerTo }
  }

  return {
    sendList: async (request: PartRequest, reply: FastifyReply) =>
      sendCurrent(request, reply, (document) => ({ items: itemsIn(document) })),

    async send(request: PartRequest, reply: FastifyReply, id: string) {
      const { tag, document } = await readAgreement(request.db, request.params.id)
      return sendVersion(request, reply, tag, itemIn(document, id))
    },

    async add(request: PartRequest, reply: FastifyReply, input: Input) {
      const { tag, document, id } = await editAgreement(request.db, {
        ...editOf(request),
        currentIn: () => undefined,
        references: list.references(input),
        change: (parts, registry) => {
          const rows = list.rowsOf(parts)
          const id = list.newId(input, parts)
          return { id, ...changeOf(parts, [...rows, list.row(input, id, registry)], rows.length, id) }
        },
      })
      const address = `/v1/agreements/${request.params.id}/${name}/${id}`
      return sendCreated(reply, address, tag, itemIn(document, id))
    },

    async replace(request: PartRequest, reply: FastifyReply, id: string, input: Input) {
      const { tag, document } = await editAgreement(request.db, {
        ...editOf(request),
        currentIn: (agreement) => agreement[name].find((item: Identified) => item[idField] === id),
        references: list.references(input),
        change: (parts, registry) => {
          const rows = list.rowsOf(parts)
          const index = rows.findIndex((row) => row[idField] === id)
          if (index < 0) throw noItem(id)
          return changeOf(parts, rows.with(index, list.row(input, id, registry)), index, id)
        },
      })
      return sendVersion(request, reply, tag, itemIn(document, id))
    },

    async remove(request: PartRequest, reply: FastifyReply, id: string) {
      await editAgreement(request.db, {
        ...editOf(request),
        change: (parts) => {
          const rows = list.rowsOf(parts)
          const removed = rows.find((row) => row[idField] === id)
          if (!removed) throw noItem(id)
          list.checkRemoval(removed, parts)
          const rest = rows.filter((row) => row !== removed)
          return list.withRows(parts, rest, new Set(), inAgreement)
        },
      })
      return reply.code(204).send()
    },
  }
}
