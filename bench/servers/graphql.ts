import type { NaturalAgreement } from './natural.ts'

const whole = `
  rowId reference title type binding summary languages status signed nextExpiry version createdAt updatedAt
  agreementPartiesByAgreementIdList {
    rowId side role representativeName representativeOffice partyByPartyId { rowId code name kind }
  }
  agreementDatesByAgreementIdList { rowId event date firstDay lastDay place preferred }
  agreementDomainsByAgreementIdList { domainByDomainId { rowId scheme code label } }
  sourcesByAgreementIdList { rowId key title publisher publishedOn }
  identifiersByAgreementIdList { scheme value }`

/** An agreement by `$id`. */
export const oneQuery = `query One($id: UUID!) { agreementByRowId(rowId: $id) { ${whole} } }`

/** The newest 25 of a party in one of some domains. */
export const listQuery = `query Listed($party: String!, $domains: [UUID!]!) {
  allAgreementsList(
    first: 25, orderBy: [SIGNED_DESC, ROW_ID_DESC],
    filter: {
      agreementPartiesByAgreementId: { some: { partyByPartyId: { code: { equalTo: $party } } } }
      agreementDomainsByAgreementId: { some: { domainId: { in: $domains } } }
    }
  ) { ${whole} }
}`

/** A mutation with a field for each row, which run one after another; the last one answers with the whole agreement. */
export function createOf(agreement: NaturalAgreement): { query: string; variables: Record<string, unknown> } {
  const { id, title, type, binding, summary, languages, status, signed } = agreement
  const rows: [kind: string, row: object][] = [
    ['Agreement', { id, title, type, binding, summary, languages, status, signed }],
    ...agreement.dates.map((date): [string, object] => ['AgreementDate', date]),
    ...agreement.domains.map((domainId): [string, object] => ['AgreementDomain', { domainId }]),
    ...agreement.sources.map((source): [string, object] => ['Source', source]),
    ...agreement.identifiers.map((identifier): [string, object] => ['Identifier', identifier]),
    ...agreement.parties.map(({ code: _, ...party }): [string, object] => ['AgreementParty', party]),
  ]
  const inputs = rows.map(([kind, row], i) => [`v${i}`, inputOf(row, kind === 'Agreement' ? undefined : id)] as const)
  const fields = rows.map(([kind], i) => {
    const property = kind[0]!.toLowerCase() + kind.slice(1)
    const answer = i === rows.length - 1 ? `query { agreementByRowId(rowId: $id) { ${whole} } }` : 'clientMutationId'
    return `v${i}: create${kind}(input: { ${property}: $v${i} }) { ${answer} }`
  })
  const types = rows.map(([kind], i) => `$v${i}: ${kind}Input!`)
  const query = `mutation Create($id: UUID!, ${types.join(', ')}) { ${fields.join('\n')} }`
  return { query, variables: { id, ...Object.fromEntries(inputs) } }
}

/** A row with the names of the schema; `id` is called `rowId` there. */
const inputOf = ({ id, ...row }: { id?: string }, agreementId: string | undefined): object => ({
  ...(id !== undefined && { rowId: id }),
  ...(agreementId !== undefined && { agreementId }),
  ...row,
})
