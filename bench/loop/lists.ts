/** Lists, exports and statistics with the worst parameters, and bodies that are refused. */
import { call, measure } from './measure.ts'
import { refused } from './worst.ts'

export async function measureRefusals(): Promise<void> {
  for (const [name, make] of Object.entries(refused)) {
    const { body, status } = make()
    const answer = await measure('createAgreement', `refused: ${name}`, () => call('POST', '/v1/agreements', body))
    if (answer && answer.status !== status) console.log(`   expected ${status}: ${answer.text.slice(0, 300)}`)
  }
}

const garbage = Array.from({ length: 60 }, (_, i) => `wrod${i}x`)

export async function measureLists(): Promise<void> {
  const get = (operation: string, path: string, what: string) => measure(operation, what, () => call('GET', path))
  const times = (count: number, one: (i: number) => string) => Array.from({ length: count }, (_, i) => one(i)).join('&')
  const ids = times(100, (i) => `id=0190a000-0000-7000-8000-${String(i).padStart(12, '0')}`)
  const bodies = times(100, (i) => `signatory=MANY${i < 50 ? 'A' : 'B'}${i % 50}-8`)
  const unknown = times(100, (i) => `signatory=${`Ministry-of-${i}`.padEnd(95, 'x')}`)
  const nowhere = times(100, (i) => `researchDomain=${`theme:nothing-${i}`.padEnd(95, 'x')}`)
  const q = (text: string) => `q=${encodeURIComponent(text)}`
  const searches: [string, string][] = [
    [ids, '100 ids'],
    [bodies, '100 signatories with all aliases'],
    [unknown, '100 unknown signatories'],
    [nowhere, '100 unknown domains'],
    [q(garbage.join(' ').slice(0, 500)), 'q of 60 unknown words'],
    [q(garbage.slice(0, 8).join('aaaaaaaaaaaaaaaaaaaaaaaa ').slice(0, 320)), 'q of 8 misspelt words'],
    [q('漢'.repeat(500)), 'q of 500 ideograms'],
    [q('\ufdfa'.repeat(500)), 'q that NFKD makes long'],
    [q('"-'.repeat(250)), 'q of quotes and minus signs'],
    [q('a or '.repeat(100)), 'q of alternatives'],
    [times(20, (i) => `identifier=${`Tias ${i} `.padEnd(240, ' ')}`.replaceAll(' ', '%20')), 'unknown identifiers'],
    [`cursor=${'a'.repeat(3900)}.aaaaaaaaaaaaaaaa`, 'an invalid cursor'],
    [`cursor=${'a'.repeat(30_000)}`, 'a cursor that is too long'],
    [times(3000, (i) => `a${i}=1`), '3000 unknown parameters'],
    [times(5000, () => 'type=x'), 'a parameter 5000 times'],
    [times(100, () => 'type=memorandum_of_understandin'), '100 misspelt values'],
    [`pair=${'a-'.repeat(15_000)}`, 'an invalid pair'],
    [
      'partyKind=state&partyKind=former_state&partyKind=territory&partyKind=supranational_body&partyKind=intergovernmental_organization&partyKind=agency&partyKind=subnational&partyKind=other',
      'all kinds',
    ],
  ]
  const lists: [string, string][] = [
    ['listAgreements', '/v1/agreements?limit=200&count=exact&'],
    ['exportAgreements', '/v1/agreements/export?'],
    ['listDeadlines', '/v1/deadlines?limit=200&'],
    ['getStatistics', '/v1/statistics?groupBy=signatory&groupBy=researchDomain&'],
  ]
  for (const [operation, path] of lists) for (const [query, what] of searches) await get(operation, path + query, what)
  for (const [query, what] of searches.slice(1, 4)) await get('listDates', `/v1/dates?limit=200&${query}`, what)
  for (const list of ['signatories', 'research-domains']) {
    const operation = list === 'signatories' ? 'listSignatories' : 'listResearchDomains'
    await get(operation, `/v1/${list}?limit=200`, 'limit=200')
    await get(operation, `/v1/${list}?limit=200&${q('あ')}`, 'limit=200, aliases')
    await get(
      operation,
      `/v1/${list}?${q(garbage.slice(0, 8).join('aaaaaaaaaaaaaa ').slice(0, 190))}`,
      'q of 8 misspelt words',
    )
    await get(operation, `/v1/${list}?${q('\ufdfa'.repeat(200))}`, 'q that NFKD makes long')
  }
  await get('listDates', '/v1/dates?limit=200', 'limit=200')
  await get('listAgreements', '/v1/agreements?limit=200', 'limit=200')
  for (const one of [
    'listKeys /v1/keys',
    'getMe /v1/me',
    'getLiveness /livez',
    'getReadiness /readyz',
    'getMetrics /metrics',
    'openapi /openapi.json',
  ]) {
    const [operation, path] = one.split(' ') as [string, string]
    await get(operation, path, '')
  }
}
