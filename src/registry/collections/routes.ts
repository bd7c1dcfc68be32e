import type { App, Dependencies } from '../../http/routes.ts'
import { addRegistryRoutes } from '../entry-routes.ts'
import { collectionRegistry } from './queries.ts'
import {
  Collection,
  CollectionPage,
  CollectionParams,
  CollectionPatch,
  CollectionQuery,
  CollectionReplacement,
  DeletedCollectionParams,
  EditedCollectionParams,
  NewCollection,
} from './schemas.ts'

export const collectionRoutes = async (app: App, dependencies: Dependencies): Promise<void> =>
  addRegistryRoutes(app, dependencies, collectionRegistry, {
    path: '/collections',
    tag: 'Collections',
    operations: {
      list: {
        operationId: 'listCollections',
        summary: 'List collections',
        description: 'Ordered by code; with `q`, exact matches come first. Try `q=sample`.',
      },
      create: {
        operationId: 'createCollection',
        summary: 'Create a collection',
        description: 'The code must not belong to another collection.',
      },
      read: {
        operationId: 'getCollection',
        summary: 'Get a collection by id or code',
        description: 'The list from which agreements were taken, with its publisher and address.',
      },
      replace: {
        operationId: 'replaceCollection',
        summary: 'Replace a collection',
        description: 'A new name also applies to the agreements of the collection.',
      },
      patch: {
        operationId: 'patchCollection',
        summary: 'Change fields of a collection',
        description: 'JSON merge patch (RFC 7396).',
      },
      delete: {
        operationId: 'deleteCollection',
        summary: 'Permanently delete a collection that is not in use',
        description: '409 if an agreement, a deleted one included, or an import belongs to it.',
      },
    },
    schemas: {
      query: CollectionQuery,
      page: CollectionPage,
      document: Collection,
      added: NewCollection,
      whole: CollectionReplacement,
      patch: CollectionPatch,
      read: CollectionParams,
      edited: EditedCollectionParams,
      deleted: DeletedCollectionParams,
    },
  })
