import { v7 as uuidv7 } from 'uuid'
import { type App, type Dependencies } from '../../http/routes.ts'
import { inBody, Problem, problems } from '../../problems/problems.ts'
import { EditHeaders, IfNoneMatch, NoContent, PartHeaders } from '../../shared/schemas.ts'
import { partHandlers, type PartList } from '../part-routes.ts'
import type { SignatureRow } from '../publication/aggregate.ts'
import { signatureRow } from '../publication/from-request.ts'
import { AgreementParams, EditedAgreementParams } from '../schemas.ts'
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
  const signatures = partHandlers(signatureList, today)

  app.get(
    '/agreements/:id/signatories',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'listSignatures',
        summary: 'List the signatures of an agreement',
        description: 'The bodies that signed, with their side and role.',
        params: AgreementParams,
        headers: IfNoneMatch,
        response: { 200: SignatureList, ...problems(400, 404) },
      },
    },
    (request, reply) => signatures.sendList(request, reply),
  )

  app.post(
    '/agreements/:id/signatories',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'addSignature',
        summary: 'Add a signature to an agreement',
        description: '`signatory` is the id or code of a body. 422 if one party would be on both sides.',
        params: EditedAgreementParams,
        headers: PartHeaders,
        body: NewSignature,
        shown: Signature,
        response: { 201: Signature, ...problems(400, 404, 412, 413, 415, 422) },
      },
    },
    (request, reply) => signatures.add(request, reply, request.body),
  )

  app.get(
    '/agreements/:id/signatories/:signatureId',
    {
      config: { role: 'reader' },
      schema: {
        tags,
        operationId: 'getSignature',
        summary: 'Read one signature',
        description: 'One body that signed, with its side and role.',
        params: SignatureParams,
        headers: IfNoneMatch,
        response: { 200: Signature, ...problems(400, 404) },
      },
    },
    (request, reply) => signatures.send(request, reply, request.params.signatureId),
  )

  app.put(
    '/agreements/:id/signatories/:signatureId',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'replaceSignature',
        summary: 'Replace one signature',
        description: 'Optional fields that are left out get their defaults.',
        params: EditedSignatureParams,
        headers: EditHeaders,
        body: NewSignature,
        shown: Signature,
        response: { 200: Signature, ...problems(400, 404, 412, 413, 415, 422, 428) },
      },
    },
    (request, reply) => signatures.replace(request, reply, request.params.signatureId, request.body),
  )

  app.delete(
    '/agreements/:id/signatories/:signatureId',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        operationId: 'deleteSignature',
        summary: 'Delete one signature',
        description: '409 if it is the last signature of its side.',
        params: DeletedSignatureParams,
        headers: EditHeaders,
        response: { 204: NoContent, ...problems(400, 404, 409, 412, 428) },
      },
    },
    (request, reply) => signatures.remove(request, reply, request.params.signatureId),
  )
}

const signatureList: PartList<NewSignature, SignatureRow> = {
  name: 'signatories',
  noun: 'signature',
  idField: 'id',
  newId: () => uuidv7(),
  references: ({ signatory }) => ({ bodies: [{ reference: signatory, at: inBody('/signatory') }] }),
  row: signatureRow,
  rowsOf: ({ signatures }) => signatures,
  withRows: (parts, signatures) => ({ parts: { ...parts, signatures } }),
  checkRemoval(removed, { signatures }) {
    const fills = ({ side, role }: SignatureRow) => side === removed.side && role !== 'witnessed'
    if (!fills(removed) || signatures.some((row) => row !== removed && fills(row))) return
    throw new Problem(
      'refused',
      `Side ${removed.side} has no other signatory that is not a witness. Both sides must have at least one.`,
    )
  },
}
