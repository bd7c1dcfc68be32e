import { v7 as uuidv7 } from 'uuid'
import { signatureRow } from '../publication/from-request.ts'
import { editAgreement } from '../publication/publish.ts'
import { readAgreement } from '../queries.ts'
import { type Agreement, AgreementParams, EditedAgreementParams } from '../schemas.ts'
import { sendCreated, sendVersion } from '../../http/responses.ts'
import { inBody, Problem, problems } from '../../problems/problems.ts'
import { type App, authorOf, type Dependencies } from '../../http/routes.ts'
import { EditHeaders, IfNoneMatch, NoContent, PartHeaders } from '../../shared/schemas.ts'
import {
  DeletedSignatureParams,
  EditedSignatureParams,
  NewSignature,
  Signature,
  SignatureList,
  SignatureParams,
} from './schemas.ts'

const tags = ['Agreements']

export async function signatureRoutes(app: App, { today }: Dependencies): Promise<void> {
  app.get(
    '/agreements/:id/signatories',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'listSignatures',
        summary: 'List who signed an agreement',
        params: AgreementParams,
        headers: IfNoneMatch,
        response: { 200: SignatureList, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { version, document } = await readAgreement(request.db, request.params.id)
      return sendVersion(request, reply, version, { items: signaturesIn(document) })
    },
  )

  app.post(
    '/agreements/:id/signatories',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'addSignature',
        summary: 'Add a body to a side of an agreement',
        params: EditedAgreementParams,
        headers: PartHeaders,
        body: NewSignature,
        response: { 201: Signature, ...problems(400, 404, 412, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const id = uuidv7()
      const { id: agreement } = request.params
      const { version, document } = await editAgreement(request.db, {
        id: agreement,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        references: { bodies: [{ reference: request.body.signatory, at: inBody('/signatory') }] },
        change: (parts, registry) => ({
          ...parts,
          signatures: [...parts.signatures, signatureRow(request.body, id, registry)],
        }),
        body: ({ signatures }) => `/signatories/${signatures.findIndex((row) => row.id === id)}`,
      })
      return sendCreated(reply, `/v1/agreements/${agreement}/signatories/${id}`, version, signatureIn(document, id))
    },
  )

  app.get(
    '/agreements/:id/signatories/:signatureId',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'getSignature',
        summary: 'Read one signature',
        params: SignatureParams,
        headers: IfNoneMatch,
        response: { 200: Signature, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { version, document } = await readAgreement(request.db, request.params.id)
      return sendVersion(request, reply, version, signatureIn(document, request.params.signatureId))
    },
  )

  app.put(
    '/agreements/:id/signatories/:signatureId',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'replaceSignature',
        summary: 'Replace one signature',
        params: EditedSignatureParams,
        headers: EditHeaders,
        body: NewSignature,
        response: { 200: Signature, ...problems(400, 404, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) => {
      const { id: agreement, signatureId: id } = request.params
      const { version, document } = await editAgreement(request.db, {
        id: agreement,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        references: { bodies: [{ reference: request.body.signatory, at: inBody('/signatory') }] },
        change: (parts, registry) => {
          if (!parts.signatures.some((row) => row.id === id)) throw noSignature(id)
          const replaced = signatureRow(request.body, id, registry)
          return { ...parts, signatures: parts.signatures.map((row) => (row.id === id ? replaced : row)) }
        },
        body: ({ signatures }) => `/signatories/${signatures.findIndex((row) => row.id === id)}`,
      })
      return sendVersion(request, reply, version, signatureIn(document, id))
    },
  )

  app.delete(
    '/agreements/:id/signatories/:signatureId',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'deleteSignature',
        summary: 'Take a body off an agreement',
        params: DeletedSignatureParams,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 409, 412, 428) },
      },
    },
    async (request, reply) => {
      const { id: agreement, signatureId: id } = request.params
      await editAgreement(request.db, {
        id: agreement,
        ifMatch: request.headers['if-match'],
        author: authorOf(request, today),
        change: (parts) => {
          const gone = parts.signatures.find((row) => row.id === id)
          if (!gone) throw noSignature(id)
          const signatures = parts.signatures.filter((row) => row !== gone)
          if (signatures.some(({ side }) => side === gone.side)) return { ...parts, signatures }
          throw new Problem('refused', `It is the only signature on side ${gone.side}; an agreement has two sides.`)
        },
      })
      return reply.code(204).send()
    },
  )
}

const signaturesIn = (document: string): Signature[] => (JSON.parse(document) as Agreement).signatories

function signatureIn(document: string, id: string): Signature {
  const signature = signaturesIn(document).find((item) => item.id === id)
  if (!signature) throw noSignature(id)
  return signature
}

const noSignature = (id: string): Problem => new Problem('not_found', `The agreement has no signature ${id}.`)
