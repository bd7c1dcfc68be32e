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

/** `checkMoved` refuses where a body was moved to: it is told the id of the body. */
export const signatoryRoutes =
  (checkMoved: (db: Database, id: string) => Promise<void>) =>
  async (app: App, dependencies: Dependencies): Promise<void> =>
    addRegistryRoutes(app, dependencies, signatoryRegistry, {
      path: '/signatories',
      tag: 'Signatories',
      operations: {
        list: {
          operationId: 'listSignatories',
          summary: 'List the bodies that can sign',
          description:
            'By code; with `q`, an exact code, name or alias comes first, then names before other names, and bodies of today before those that are no more. Try `corée` as `q`, or `US` as `parent`.',
        },
        create: { operationId: 'createSignatory', summary: 'Add a body that can sign' },
        read: { operationId: 'getSignatory', summary: 'Read a body by its id or code' },
        replace: {
          operationId: 'replaceSignatory',
          summary: 'Replace a body',
          description: 'Moving it under another body moves its agreements with it, past ones included.',
        },
        patch: { operationId: 'patchSignatory', summary: 'Change fields of a body' },
        delete: { operationId: 'deleteSignatory', summary: 'Delete a body that no agreement uses' },
      },
      schemas: {
        query: SignatoryQuery,
        page: SignatoryPage,
        document: Signatory,
        added: NewSignatory,
        whole: SignatoryReplacement,
        patch: SignatoryPatch,
        read: SignatoryParams,
        edited: EditedSignatoryParams,
        deleted: DeletedSignatoryParams,
      },
      checkMoved,
    })
