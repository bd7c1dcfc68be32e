import { anAgreement } from '../support/register.ts'

/** A request of a write, ready to be sent. */
export interface Prepared {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  body?: object
  /** In place of a JSON body. */
  file?: string
}

/** Sends a request that must succeed. @returns the body of the response */
export type Send = (
  request: Prepared,
) => Promise<{ id: string; publicId: string; dates: { id: string }[]; signatories: { id: string }[] }>

const mapping = {
  title: { column: 'title' },
  type: { constant: 'treaty' },
  parties: [
    { column: 'a', side: 1 },
    { column: 'b', side: 2 },
  ],
}
const source = { title: 'A source', url: 'https://example.org/source' }
let count = 0
/** A code that was not used before. */
const newCode = (): string => `T${(count += 1)}`

async function agreement(send: Send) {
  const body = anAgreement({
    title: `Agreement ${newCode()}`,
    dates: [
      { event: 'signed', date: '2019-03-05' },
      { event: 'entered_into_force', date: '2020-01-01' },
    ],
    signatories: [
      { side: 1, signatory: 'US' },
      { side: 2, signatory: 'JP' },
      { side: 2, signatory: 'KR' },
    ],
    researchDomains: ['ford:1'],
    sources: [{ key: 'first', ...source }],
  })
  const made = await send({ method: 'POST', url: '/v1/agreements', body })
  return { ...made, url: `/v1/agreements/${made.id}`, body }
}

const bodyOf = (code: string) => ({ code, name: `Body ${code}`, kind: 'other' })
const domainOf = (code: string) => ({ scheme: 'test', code: code.toLowerCase(), label: `Domain ${code}` })
const collectionOf = (code: string) => ({ code: code.toLowerCase(), name: `Collection ${code}` })
const key = { name: 'A key', role: 'reader' }
const webhook = { url: 'https://example.org/', enabled: false }

async function made(send: Send, url: string, body: object): Promise<string> {
  return `${url}/${(await send({ method: 'POST', url, body })).id}`
}

const fileOf = (title: string): string =>
  `title,a,b\nTreaty ${title} of trade,France,Japan\nTreaty ${title} of fish,Spain,Peru`

function anImport(atomic: boolean): Prepared {
  const query = new URLSearchParams({ mapping: JSON.stringify(mapping), atomic: String(atomic) })
  return { method: 'POST', url: `/v1/imports?${query.toString()}`, file: fileOf(newCode()) }
}

/** A kept mapping. */
async function kept(send: Send): Promise<string> {
  const name = newCode().toLowerCase()
  await send({ method: 'POST', url: '/v1/mappings', body: { name, mapping } })
  return `/v1/mappings/${name}`
}

async function merged(send: Send): Promise<{ lost: string; into: string }> {
  const [lost, into] = [newCode(), newCode()]
  for (const code of [lost, into]) await send({ method: 'POST', url: '/v1/signatories', body: bodyOf(code) })
  const signatories = [
    { side: 1, signatory: 'US' },
    { side: 2, signatory: lost },
  ]
  await send({ method: 'POST', url: '/v1/agreements', body: anAgreement({ title: lost, signatories }) })
  return { lost, into }
}

/**
 * Each operation of the document that writes, by its id: prepares what it needs, and gives the request. Besides, an
 * import that need not be all or nothing.
 */
export const writes: Record<string, (send: Send) => Promise<Prepared>> = {
  createAgreement: async () => ({
    method: 'POST',
    url: '/v1/agreements',
    body: anAgreement({ title: `Agreement ${newCode()}` }),
  }),
  replaceAgreement: async (send) => {
    const { url, body } = await agreement(send)
    return { method: 'PUT', url, body: { ...body, title: 'Another title' } }
  },
  patchAgreement: async (send) => {
    const { url } = await agreement(send)
    return { method: 'PATCH', url, body: { summary: 'A summary' } }
  },
  deleteAgreement: async (send) => ({ method: 'DELETE', url: (await agreement(send)).url }),
  restoreAgreement: async (send) => {
    const { url } = await agreement(send)
    await send({ method: 'DELETE', url })
    return { method: 'POST', url: `${url}/restore` }
  },
  addDate: async (send) => {
    const { url } = await agreement(send)
    return { method: 'POST', url: `${url}/dates`, body: { event: 'terminated', date: '2024-01-01' } }
  },
  replaceDate: async (send) => {
    const { url, dates } = await agreement(send)
    return { method: 'PUT', url: `${url}/dates/${dates[0]!.id}`, body: { event: 'signed', date: '2019-03-06' } }
  },
  deleteDate: async (send) => {
    const { url, dates } = await agreement(send)
    return { method: 'DELETE', url: `${url}/dates/${dates[1]!.id}` }
  },
  addSignature: async (send) => {
    const { url } = await agreement(send)
    return { method: 'POST', url: `${url}/signatories`, body: { side: 1, signatory: 'CA' } }
  },
  replaceSignature: async (send) => {
    const { url, signatories } = await agreement(send)
    return { method: 'PUT', url: `${url}/signatories/${signatories[2]!.id}`, body: { side: 2, signatory: 'FR' } }
  },
  deleteSignature: async (send) => {
    const { url, signatories } = await agreement(send)
    return { method: 'DELETE', url: `${url}/signatories/${signatories[2]!.id}` }
  },
  addCoveredDomain: async (send) => ({
    method: 'PUT',
    url: `${(await agreement(send)).url}/research-domains/ford:2`,
  }),
  removeCoveredDomain: async (send) => ({
    method: 'DELETE',
    url: `${(await agreement(send)).url}/research-domains/ford:1`,
  }),
  addSource: async (send) => ({
    method: 'POST',
    url: `${(await agreement(send)).url}/sources`,
    body: { key: 'second', ...source },
  }),
  replaceSource: async (send) => ({
    method: 'PUT',
    url: `${(await agreement(send)).url}/sources/first`,
    body: { ...source, title: 'Another source' },
  }),
  deleteSource: async (send) => ({ method: 'DELETE', url: `${(await agreement(send)).url}/sources/first` }),
  createImport: async () => anImport(true),
  'createImport, row by row': async () => anImport(false),
  deleteImport: async (send) => {
    const { id } = await send(anImport(true))
    return { method: 'DELETE', url: `/v1/imports/${id}` }
  },
  cancelImport: async (send) => {
    const request = anImport(true)
    const rows = Array.from({ length: 300 }, (_, i) => `Treaty ${i},France,Japan`)
    const { id } = await send({ ...request, file: ['title,a,b', ...rows].join('\n') })
    return { method: 'POST', url: `/v1/imports/${id}/cancel` }
  },
  createSignatory: async () => ({ method: 'POST', url: '/v1/signatories', body: bodyOf(newCode()) }),
  replaceSignatory: async (send) => {
    const code = newCode()
    const url = await made(send, '/v1/signatories', bodyOf(code))
    return { method: 'PUT', url, body: { ...bodyOf(code), name: `Another ${code}` } }
  },
  patchSignatory: async (send) => ({
    method: 'PATCH',
    url: await made(send, '/v1/signatories', bodyOf(newCode())),
    body: { name: `Another ${newCode()}` },
  }),
  deleteSignatory: async (send) => ({
    method: 'DELETE',
    url: await made(send, '/v1/signatories', bodyOf(newCode())),
  }),
  createMerge: async (send) => {
    const { lost, into } = await merged(send)
    return { method: 'POST', url: `/v1/signatories/${lost}/merge`, body: { into } }
  },
  deleteMerge: async (send) => {
    const { lost, into } = await merged(send)
    const url = `/v1/signatories/${lost}/merge`
    await send({ method: 'POST', url, body: { into } })
    return { method: 'DELETE', url }
  },
  createResearchDomain: async () => ({ method: 'POST', url: '/v1/research-domains', body: domainOf(newCode()) }),
  replaceResearchDomain: async (send) => {
    const code = newCode()
    const url = await made(send, '/v1/research-domains', domainOf(code))
    return { method: 'PUT', url, body: { ...domainOf(code), label: `Another ${code}` } }
  },
  patchResearchDomain: async (send) => ({
    method: 'PATCH',
    url: await made(send, '/v1/research-domains', domainOf(newCode())),
    body: { label: `Another ${newCode()}` },
  }),
  deleteResearchDomain: async (send) => ({
    method: 'DELETE',
    url: await made(send, '/v1/research-domains', domainOf(newCode())),
  }),
  createCollection: async () => ({ method: 'POST', url: '/v1/collections', body: collectionOf(newCode()) }),
  replaceCollection: async (send) => {
    const code = newCode()
    const url = await made(send, '/v1/collections', collectionOf(code))
    return { method: 'PUT', url, body: { ...collectionOf(code), name: `Another ${code}` } }
  },
  patchCollection: async (send) => ({
    method: 'PATCH',
    url: await made(send, '/v1/collections', collectionOf(newCode())),
    body: { name: `Another ${newCode()}` },
  }),
  deleteCollection: async (send) => ({
    method: 'DELETE',
    url: await made(send, '/v1/collections', collectionOf(newCode())),
  }),
  createMapping: async () => ({
    method: 'POST',
    url: '/v1/mappings',
    body: { name: newCode().toLowerCase(), mapping },
  }),
  replaceMapping: async (send) => ({
    method: 'PUT',
    url: await kept(send),
    body: { ...mapping, type: { constant: 'agreement' } },
  }),
  deleteMapping: async (send) => ({ method: 'DELETE', url: await kept(send) }),
  createKey: async () => ({ method: 'POST', url: '/v1/keys', body: key }),
  revokeKey: async (send) => ({ method: 'DELETE', url: await made(send, '/v1/keys', key) }),
  rotateKey: async (send) => ({
    method: 'POST',
    url: `${await made(send, '/v1/keys', key)}/rotate`,
    body: { overlapHours: 1 },
  }),
  createWebhook: async () => ({ method: 'POST', url: '/v1/webhooks', body: webhook }),
  replaceWebhook: async (send) => ({
    method: 'PUT',
    url: await made(send, '/v1/webhooks', webhook),
    body: { ...webhook, description: newCode() },
  }),
  deleteWebhook: async (send) => ({ method: 'DELETE', url: await made(send, '/v1/webhooks', webhook) }),
  rotateWebhookSecret: async (send) => ({
    method: 'POST',
    url: `${await made(send, '/v1/webhooks', webhook)}/secret`,
    body: { overlapHours: 1 },
  }),
  createPing: async (send) => ({ method: 'POST', url: `${await made(send, '/v1/webhooks', webhook)}/ping` }),
  createRedelivery: async (send) => {
    const url = await made(send, '/v1/webhooks', webhook)
    const ping = await send({ method: 'POST', url: `${url}/ping` })
    return { method: 'POST', url: `${url}/deliveries/${ping.id}/redeliver` }
  },
}

/** Operations of the document that are sent by POST, and write nothing. */
export const writeNothing = ['suggestMapping', 'suggestDraft', 'checkClaim']
