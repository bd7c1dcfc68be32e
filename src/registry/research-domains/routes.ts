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
        summary: 'List the research domains',
        description: 'In the order of their schemes and codes. Try `flood` as `q`, or `ford:2` as `parent`.',
      },
      create: { operationId: 'createResearchDomain', summary: 'Add a research domain' },
      read: { operationId: 'getResearchDomain', summary: 'Read a research domain by its id or code' },
      replace: { operationId: 'replaceResearchDomain', summary: 'Replace a research domain' },
      patch: { operationId: 'patchResearchDomain', summary: 'Change fields of a research domain' },
      delete: { operationId: 'deleteResearchDomain', summary: 'Delete a research domain that no agreement uses' },
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
