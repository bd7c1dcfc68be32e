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
      create: {
        operationId: 'createResearchDomain',
        summary: 'Create a research domain',
        description: 'The code must be unique within its scheme.',
      },
      read: {
        operationId: 'getResearchDomain',
        summary: 'Get a research domain by id or code',
        description: 'The code includes its scheme: `ford:2.1`.',
      },
      replace: {
        operationId: 'replaceResearchDomain',
        summary: 'Replace a research domain',
        description: 'A new name or another broader domain also applies to the agreements that cover the domain.',
      },
      patch: {
        operationId: 'patchResearchDomain',
        summary: 'Change fields of a research domain',
        description: 'JSON merge patch (RFC 7396).',
      },
      delete: {
        operationId: 'deleteResearchDomain',
        summary: 'Permanently delete a research domain that is not in use',
        description: '409 if an agreement, a deleted one included, or a narrower domain refers to it.',
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
