import type { App, Dependencies } from '../../http/routes.ts'
import { addRegistryRoutes } from '../entry-routes.ts'
import { domainRegistry } from './queries.ts'
import {
  DeletedResearchDomainParams,
  EditedResearchDomainParams,
  NewResearchDomain,
  ResearchDomain,
  ResearchDomainPage,
  ResearchDomainParams,
  ResearchDomainPatch,
  ResearchDomainQuery,
  ResearchDomainReplacement,
} from './schemas.ts'

export const researchDomainRoutes = async (app: App, dependencies: Dependencies): Promise<void> =>
  addRegistryRoutes(app, dependencies, domainRegistry, {
    path: '/research-domains',
    tag: 'Research domains',
    operations: {
      list: {
        operationId: 'listResearchDomains',
        summary: 'List research domains',
        description:
          'Ordered by scheme and code; with `q`, exact matches come first. Try `q=flood` or `parent=ford:2`.',
      },
      create: { operationId: 'createResearchDomain', summary: 'Create a research domain' },
      read: { operationId: 'getResearchDomain', summary: 'Get a research domain by id or code' },
      replace: { operationId: 'replaceResearchDomain', summary: 'Replace a research domain' },
      patch: { operationId: 'patchResearchDomain', summary: 'Change fields of a research domain' },
      delete: {
        operationId: 'deleteResearchDomain',
        summary: 'Permanently delete a research domain that is not in use',
      },
    },
    schemas: {
      query: ResearchDomainQuery,
      page: ResearchDomainPage,
      document: ResearchDomain,
      added: NewResearchDomain,
      whole: ResearchDomainReplacement,
      patch: ResearchDomainPatch,
      read: ResearchDomainParams,
      edited: EditedResearchDomainParams,
      deleted: DeletedResearchDomainParams,
    },
  })
