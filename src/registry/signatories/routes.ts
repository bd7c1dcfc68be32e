import type { Database } from '../../database/connect.ts'
import type { App, Dependencies } from '../../http/routes.ts'
import { addRegistryRoutes } from '../entry-routes.ts'
import { signatoryRegistry } from './queries.ts'
import {
  DeletedSignatoryParams,
  EditedSignatoryParams,
  NewSignatory,
  Signatory,
  SignatoryPage,
  SignatoryParams,
  SignatoryPatch,
  SignatoryQuery,
  SignatoryReplacement,
} from './schemas.ts'

/** @param checkMoved checks the agreements of the body with this id after it got another parent */
export const signatoryRoutes =
  (checkMoved: (db: Database, id: string) => Promise<void>) =>
  async (app: App, dependencies: Dependencies): Promise<void> =>
    addRegistryRoutes(app, dependencies, signatoryRegistry, {
      path: '/signatories',
      tag: 'Signatories',
      operations: {
        list: {
          operationId: 'listSignatories',
          summary: 'List signatories',
          description:
            'Ordered by code; with `q`, an exact code, name or alias comes first, then names before other names, and current bodies before former ones. Try `q=corée` or `parent=US`.',
        },
        create: {
          operationId: 'createSignatory',
          summary: 'Create a signatory',
          description: 'The code must not belong to another signatory.',
        },
        read: {
          operationId: 'getSignatory',
          summary: 'Get a signatory by id or code',
          description: 'Accepts earlier codes too, after a merge; `Content-Location` is the address then.',
        },
        replace: {
          operationId: 'replaceSignatory',
          summary: 'Replace a signatory',
          description: 'A new parent also applies to the existing agreements of the signatory.',
        },
        patch: {
          operationId: 'patchSignatory',
          summary: 'Change fields of a signatory',
          description: 'JSON merge patch (RFC 7396). Lists, such as the names, are replaced as a whole.',
        },
        delete: {
          operationId: 'deleteSignatory',
          summary: 'Permanently delete a signatory that is not in use',
          description: '409 if an agreement, a deleted one included, or another signatory refers to it.',
        },
      },
      schemas: {
        query: SignatoryQuery,
        page: SignatoryPage,
        document: Signatory,
        answer: {
          description: 'A body that can sign agreements.',
          headers: ['Content-Location'],
          content: { 'application/json': { schema: Signatory } },
        },
        added: NewSignatory,
        whole: SignatoryReplacement,
        patch: SignatoryPatch,
        read: SignatoryParams,
        edited: EditedSignatoryParams,
        deleted: DeletedSignatoryParams,
      },
      checkMoved,
    })
