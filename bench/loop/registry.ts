/** Operations on the largest registry entries, and on keys. */
import { type Answer, call, measure } from './measure.ts'

const idOf = (answer: Answer | undefined): string => (JSON.parse(answer!.text) as { id: string }).id

export async function measureRegistry(): Promise<void> {
  let n = 0
  /** Names are unique, each as long as it may be. */
  const longName = (i: number | string) => `${i} ${'\ufdfa'.repeat(280)}`
  const aliases = () => Array.from({ length: 100 }, (_, i) => longName(`${n}-${i}`))
  const identifiers = Array.from({ length: 50 }, (_, i) => ({ scheme: `a${i}`, value: '\u0001'.repeat(199) }))
  const code = () => `WORST-${(n += 1)}`
  const names = () =>
    Array.from({ length: 100 }, (_, i) => ({ language: 'en', name: longName(`${n}+${i}`), kind: 'variant' }))
  const body = () => ({
    code: code(),
    name: longName(n),
    kind: 'other',
    aliases: aliases(),
    names: names(),
    identifiers,
  })
  const create = () => call('POST', '/v1/signatories', body())
  const path = (answer: Answer | undefined) => `/v1/signatories/${idOf(answer)}`
  const what = 'most aliases and identifiers'
  await measure('createSignatory', what, create)
  const one = await create()
  await measure('getSignatory', what, () => call('GET', path(one)))
  await measure('replaceSignatory', what, () => call('PUT', path(one), body()))
  await measure('patchSignatory', what, () =>
    call('PATCH', path(one), { aliases: aliases().map((alias) => `${(n += 1)} ${alias.slice(20)}`) }),
  )
  await measure('deleteSignatory', what, (made) => call('DELETE', path(made)), create)
  const domain = () => ({ scheme: 'worse', code: code().toLowerCase(), label: longName(n) })
  const make = () => call('POST', '/v1/research-domains', domain())
  const at = (answer: Answer | undefined) => `/v1/research-domains/${idOf(answer)}`
  await measure('createResearchDomain', 'longest label', make)
  const made = await make()
  await measure('getResearchDomain', 'longest label', () => call('GET', at(made)))
  await measure('replaceResearchDomain', 'longest label', () => call('PUT', at(made), domain()))
  await measure('patchResearchDomain', 'longest label', () =>
    call('PATCH', at(made), { label: `${n} ${'\ufdfa'.repeat(290)}` }),
  )
  await measure('deleteResearchDomain', 'longest label', (other) => call('DELETE', at(other)), make)
  const key = () => call('POST', '/v1/keys', { name: 'a'.repeat(100), role: 'reader' })
  const keyAt = (answer: Answer | undefined) => `/v1/keys/${idOf(answer)}`
  await measure('createKey', '', key)
  const aKey = await key()
  await measure('getKey', '', () => call('GET', keyAt(aKey)))
  await measure('rotateKey', '', () => call('POST', `${keyAt(aKey)}/rotate`, {}))
  await measure('revokeKey', '', (other) => call('DELETE', keyAt(other)), key)
}
