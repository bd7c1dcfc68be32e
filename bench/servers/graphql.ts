import type { NaturalAgreement } from './natural.ts'

const whole = `
  id reference title type binding summary languages status signed nextExpiry version createdAt updatedAt
  agreementParties { id side role representativeName representativeOffice party { id code name kind } }
  agreementDates { id event date firstDay lastDay place preferred }
  agreementDomains { domain { id scheme code label } }
  sources { id key title publisher publishedOn }
  identifiers { scheme value }`

export const oneQuery = `query One($id: UUID!) { agreementById(id: $id) { ${whole} } }`

export const listQuery = `query Listed($party: String!, $domains: [UUID!]!) {
  allAgreementsList(
    first: 25, orderBy: [SIGNED_DESC, ID_DESC],
    filter: {
      agreementParties: { some: { party: { code: { equalTo: $party } } } }
      agreementDomains: { some: { domainId: { in: $domains } } }
    }
  ) { ${whole} }
}`

/** A mutation with a field for each row: they run one after another. */
export function createOf(agreement: NaturalAgreement): { query: string; variables: Record<string, unknown> } {
  const { id, title, type, binding, summary, languages, status, signed } = agreement
  const fields: string[] = []
  const types: string[] = []
  const variables: Record<string, unknown> = {}
  const add = (kind: string, row: object): void => {
    const name = `v${fields.length}`
    types.push(`$${name}: ${kind}Input!`)
    variables[name] = row
    const property = kind[0]!.toLowerCase() + kind.slice(1)
    fields.push(`${name}: create${kind}(input: { ${property}: $${name} }) { clientMutationId }`)
  }
  add('Agreement', { id, title, type, binding, summary, languages, status, signed })
  for (const { code: _, ...party } of agreement.parties) add('AgreementParty', { agreementId: id, ...party })
  for (const date of agreement.dates) add('AgreementDate', { agreementId: id, ...date })
  for (const domainId of agreement.domains) add('AgreementDomain', { agreementId: id, domainId })
  for (const source of agreement.sources) add('Source', { agreementId: id, ...source })
  for (const identifier of agreement.identifiers) add('Identifier', { agreementId: id, ...identifier })
  const query = `mutation Create(${types.join(', ')}) {
    ${fields.join('\n')}
  }`
  return { query, variables }
}
