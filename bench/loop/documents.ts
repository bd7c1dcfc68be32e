/** Every operation on an agreement, for each of the worst agreements. */
import { type Answer, call, measure } from './measure.ts'
import { type Body, worst } from './worst.ts'

/** An agreement in the register. */
interface Subject {
  name: string
  body: Body
  path: string
  id: string
  shown: Record<'signatories' | 'dates' | 'sources', Record<'id' | 'key', string>[]>
}

const megabytes = (text: string): string => `${(Buffer.byteLength(text) / 1e6).toFixed(2)} MB`

export async function measureDocument(name: string): Promise<void> {
  const body = worst[name]!()
  const created = await call('POST', '/v1/agreements', body)
  if (created.status !== 201) throw new Error(`${name}: ${created.status} ${created.text.slice(0, 1000)}`)
  const shown = JSON.parse(created.text) as Subject['shown'] & { id: string }
  const subject = { name, body, shown, id: shown.id, path: `/v1/agreements/${shown.id}` }
  console.log(`-- ${name}: body ${megabytes(JSON.stringify(body))}, document ${megabytes(created.text)}`)
  await measureReads(subject)
  await measureWrites(subject)
  await measureParts(subject)
  for (let i = 0; i < 3; i += 1) await call('PUT', subject.path, { ...body, title: `Replaced ${i}` })
  const history = `${subject.path}/versions?limit=200`
  await measure('listVersions', `${name}; limit=200`, () => call('GET', history))
  await call('DELETE', subject.path)
}

async function measureReads({ name, path, id, body, shown }: Subject): Promise<void> {
  const read = (operation: string, address: string, what = '', headers = {}) =>
    measure(operation, what === '' ? name : `${name}; ${what}`, () => call('GET', address, undefined, headers))
  const gzip = { 'accept-encoding': 'gzip' }
  await read('getAgreement', path)
  await read('getAgreement', path, 'gzip', gzip)
  await read('getAgreement', `${path}?on=2001-01-01`, 'on')
  await read('getAgreement', `${path}?on=2001-01-01&asOf=2100-01-01T00:00:00Z`, 'on, asOf, gzip', gzip)
  await read('listAgreementDates', `${path}/dates`)
  await read('getDate', `${path}/dates/${shown.dates[0]?.id ?? id}`)
  await read('listSignatures', `${path}/signatories`)
  await read('getSignature', `${path}/signatories/${shown.signatories[0]!.id}`)
  await read('listCoveredDomains', `${path}/research-domains`)
  await read('listSources', `${path}/sources`)
  await read('getSource', `${path}/sources/${shown.sources[0]?.key ?? 'none'}`)
  await read('getVersion', `${path}/versions/1`)
  await read('getPosition', `${path}/position?id=${id}`)
  await read('listAgreements', `/v1/agreements?id=${id}`)
  await read('listDates', `/v1/dates?limit=200&signatory=${String(body.signatories[0]!['signatory'])}`)
  const groups = `groupBy=signatory&groupBy=researchDomain&id=${id}`
  for (const format of ['json', 'csv']) {
    await read('getStatistics', `/v1/statistics?format=${format}&${groups}`, format)
  }
  for (const format of ['csv', 'ndjson', 'json']) {
    await read('exportAgreements', `/v1/agreements/export?format=${format}&id=${id}`, format)
  }
  const years = `id=${id}&from=1990-01-01&to=2000-01-01`
  await read('listDeadlines', `/v1/deadlines?${years}&limit=200`)
  await read('listDeadlines', `/v1/deadlines?${years}&format=ics`, 'ics')
}

const another = (): string => String(Math.random())

async function measureWrites({ name, path, body }: Subject): Promise<void> {
  const own = { ...body, identifiers: [] }
  await measure('createAgreement', name, () => call('POST', '/v1/agreements', own))
  await measure('replaceAgreement', `${name}; new parts`, () => call('PUT', path, { ...body, summary: another() }))
  await measure(
    'replaceAgreement',
    `${name}; unchanged`,
    (read) => call('PUT', path, asWritten(read!.text)),
    () => call('GET', path),
  )
  const { summary, claims, documents } = body
  const patch = () => ({ summary, claims, documents, title: another() })
  await measure('patchAgreement', name, () => call('PATCH', path, patch()))
  const [remove, restore] = [() => call('DELETE', path), () => call('POST', `${path}/restore`)]
  await measure('deleteAgreement', name, remove, restore)
  await measure('restoreAgreement', name, restore, remove)
}

async function measureParts({ name, path, body }: Subject): Promise<void> {
  const signatory = body.signatories[0]!['signatory']
  const parts = [
    ['dates', 'Date', () => ({ event: 'signed', occurrence: 999, date: '1950-01-01', note: another() })],
    ['sources', 'Source', () => ({ title: another() })],
    ['signatories', 'Signature', () => ({ side: 1, signatory, representative: { name: another() } })],
  ] as const
  await call('PUT', path, withRoom(body))
  for (const [part, noun, one] of parts) {
    const at = (answer: Answer | undefined) => {
      const { id, key } = JSON.parse(answer!.text) as Record<string, string>
      return `${path}/${part}/${id ?? key}`
    }
    const add = () => call('POST', `${path}/${part}`, one())
    let added = await add()
    const room = () => call('DELETE', at(added))
    await measure(`add${noun}`, name, async () => (added = await add()), room)
    await measure(`replace${noun}`, name, () => call('PUT', at(added), one()))
    await room()
    await measure(`delete${noun}`, name, (answer) => call('DELETE', at(answer)), add)
  }
  const domain = `${path}/research-domains/ford:1`
  const [cover, uncover] = [() => call('PUT', domain), () => call('DELETE', domain)]
  await measure('addCoveredDomain', name, cover, uncover)
  await measure('removeCoveredDomain', name, uncover, cover)
}

/** The same body with room for a few more of each part. */
const withRoom = (body: Body): object => ({
  ...body,
  ...Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      Array.isArray(value) && value.length > 50 ? value.slice(0, -2) : value,
    ]),
  ),
})

const ownFields =
  'reference title type binding summary languages term identifiers documents relations claims statusStatements sources'

/** The body that a client sends back unchanged after reading a document. */
function asWritten(text: string): object {
  type Read = Record<string, unknown> & { signatory: { code: string } | null }
  const read = JSON.parse(text) as Record<string, unknown> & Record<'signatories' | 'dates' | 'researchDomains', Read[]>
  const part = (names: string, of: Read): object => ({
    ...Object.fromEntries(names.split(' ').map((name) => [name, of[name]])),
    signatory: of.signatory?.code ?? null,
  })
  return {
    ...Object.fromEntries(ownFields.split(' ').map((name) => [name, read[name]])),
    signatories: read.signatories.map((one) => part('id side role representative source', one)),
    dates: read.dates.map((one) => part('id event occurrence date effectiveDate place preferred source note', one)),
    researchDomains: read.researchDomains.map(({ id }) => id),
  }
}
