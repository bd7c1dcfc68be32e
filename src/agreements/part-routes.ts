import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendCreated, sendVersion } from '../http/responses.ts'
import { authorOf } from '../http/routes.ts'
import { Problem } from '../problems/problems.ts'
import type { Registry } from '../registry/registry.ts'
import type { References } from './publication/lookup.ts'
import type { Parts } from './publication/aggregate.ts'
import { type Change, editAgreement } from './publication/publish.ts'
import { inAgreement, inItem, type PointerTo } from './publication/rules.ts'
import { readAgreement } from './queries.ts'
import type { Agreement } from './schemas.ts'

type Identified = { id?: string; key?: string }

/** A list of an agreement whose items have addresses of their own. */
export interface PartList<Input, Row extends Identified> {
  /** Its field in the document, and its segment in the address. */
  name: 'dates' | 'signatories' | 'sources'
  /** What messages call an item. */
  noun: string
  /** The field that identifies an item, in the rows and in the document. */
  idField: keyof Identified
  newId: (input: Input, parts: Parts) => string
  /** What an item names in the registry. */
  references: (input: Input) => References
  row: (input: Input, id: string, registry: Registry) => Row
  rowsOf: (parts: Parts) => Row[]
  /** The parts with these rows, and what breaks a rule; `written` are the ids of those that the request writes. */
  withRows: (parts: Parts, rows: Row[], written: ReadonlySet<string>, pointerTo: PointerTo) => Change
  /** @throws Problem 409 when `gone` cannot be removed from `parts` */
  checkRemoval: (gone: Row, parts: Parts) => void
}

type PartRequest = FastifyRequest & { params: { id: string } }

/** The handlers of the routes of a list: each answers as its name says, and throws 404 for an item that is not there. */
export function partHandlers<Input, Row extends Identified>(list: PartList<Input, Row>, today: () => string) {
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
  })

  /** The row of `id`, which the body holds, stands at `index`. */
  function written(parts: Parts, rows: Row[], index: number, id: string): Change {
    const pointerTo = inItem(name, index)
    return { ...list.withRows(parts, rows, new Set([id]), pointerTo), pointerTo }
  }

  return {
    async sendList(request: PartRequest, reply: FastifyReply) {
      const { tag, document } = await readAgreement(request.db, request.params.id)
      return sendVersion(request, reply, tag, { items: itemsIn(document) })
    },

    async send(request: PartRequest, reply: FastifyReply, id: string) {
      const { tag, document } = await readAgreement(request.db, request.params.id)
      return sendVersion(request, reply, tag, itemIn(document, id))
    },

    async add(request: PartRequest, reply: FastifyReply, input: Input) {
      const { tag, document, id } = await editAgreement(request.db, {
        ...editOf(request),
        references: list.references(input),
        change: (parts, registry) => {
          const rows = list.rowsOf(parts)
          const id = list.newId(input, parts)
          return { id, ...written(parts, [...rows, list.row(input, id, registry)], rows.length, id) }
        },
      })
      const address = `/v1/agreements/${request.params.id}/${name}/${id}`
      return sendCreated(reply, address, tag, itemIn(document, id))
    },

    async replace(request: PartRequest, reply: FastifyReply, id: string, input: Input) {
      const { tag, document } = await editAgreement(request.db, {
        ...editOf(request),
        references: list.references(input),
        change: (parts, registry) => {
          const rows = list.rowsOf(parts)
          const index = rows.findIndex((row) => row[idField] === id)
          if (index < 0) throw noItem(id)
          return written(parts, rows.with(index, list.row(input, id, registry)), index, id)
        },
      })
      return sendVersion(request, reply, tag, itemIn(document, id))
    },

    async remove(request: PartRequest, reply: FastifyReply, id: string) {
      await editAgreement(request.db, {
        ...editOf(request),
        change: (parts) => {
          const rows = list.rowsOf(parts)
          const gone = rows.find((row) => row[idField] === id)
          if (!gone) throw noItem(id)
          list.checkRemoval(gone, parts)
          const rest = rows.filter((row) => row !== gone)
          return list.withRows(parts, rest, new Set(), inAgreement)
        },
      })
      return reply.code(204).send()
    },
  }
}
