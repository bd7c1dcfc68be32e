import { EntitySchema } from 'typeorm'

const id = { type: 'uuid', primary: true, generated: 'uuid' }
const uuid = (name) => ({ type: 'uuid', name })
const text = (name, nullable = false) => ({ type: 'text', ...(name && { name }), nullable })
const toOne = (target, name) => ({ type: 'many-to-one', target, joinColumn: { name } })
const toMany = (target, inverseSide) => ({ type: 'one-to-many', target, inverseSide, cascade: ['insert'] })

export const Party = new EntitySchema({
  name: 'Party',
  tableName: 'party',
  columns: { id, code: text(), name: text(), kind: text() },
})

export const Domain = new EntitySchema({
  name: 'Domain',
  tableName: 'domain',
  columns: { id, scheme: text(), code: text(), label: text() },
})

export const Agreement = new EntitySchema({
  name: 'Agreement',
  tableName: 'agreement',
  columns: {
    id,
    reference: text(undefined, true),
    title: text(),
    type: text(),
    binding: text(),
    summary: text(undefined, true),
    languages: { type: 'text', array: true },
    status: text(),
    signed: { type: 'date', nullable: true },
    nextExpiry: { type: 'date', name: 'next_expiry', nullable: true },
    version: { type: 'int', default: 1 },
    createdAt: { type: 'timestamptz', name: 'created_at', default: () => 'now()' },
    updatedAt: { type: 'timestamptz', name: 'updated_at', default: () => 'now()' },
  },
  relations: {
    parties: toMany('AgreementParty', 'agreement'),
    dates: toMany('AgreementDate', 'agreement'),
    domains: toMany('AgreementDomain', 'agreement'),
    sources: toMany('Source', 'agreement'),
    identifiers: toMany('Identifier', 'agreement'),
  },
})

const ofAgreement = { agreement: toOne('Agreement', 'agreement_id') }

export const AgreementParty = new EntitySchema({
  name: 'AgreementParty',
  tableName: 'agreement_party',
  columns: {
    id,
    partyId: uuid('party_id'),
    side: { type: 'smallint' },
    role: text(),
    representativeName: text('representative_name', true),
    representativeOffice: text('representative_office', true),
  },
  relations: { ...ofAgreement, party: toOne('Party', 'party_id') },
})

export const AgreementDate = new EntitySchema({
  name: 'AgreementDate',
  tableName: 'agreement_date',
  columns: {
    id,
    event: text(),
    date: text(),
    firstDay: { type: 'date', name: 'first_day', nullable: true },
    lastDay: { type: 'date', name: 'last_day', nullable: true },
    place: text(undefined, true),
    preferred: { type: 'boolean' },
  },
  relations: ofAgreement,
})

export const AgreementDomain = new EntitySchema({
  name: 'AgreementDomain',
  tableName: 'agreement_domain',
  columns: {
    agreementId: { type: 'uuid', name: 'agreement_id', primary: true },
    domainId: { type: 'uuid', name: 'domain_id', primary: true },
  },
  relations: { ...ofAgreement, domain: toOne('Domain', 'domain_id') },
})

export const Source = new EntitySchema({
  name: 'Source',
  tableName: 'source',
  columns: {
    id,
    key: text(),
    title: text(),
    publisher: text(undefined, true),
    publishedOn: text('published_on', true),
  },
  relations: ofAgreement,
})

export const Identifier = new EntitySchema({
  name: 'Identifier',
  tableName: 'identifier',
  columns: { id, scheme: text(), value: text() },
  relations: ofAgreement,
})

export const entities = [Party, Domain, Agreement, AgreementParty, AgreementDate, AgreementDomain, Source, Identifier]
