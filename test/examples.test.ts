import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSample } from '../src/programs/sample.ts'
import { authHeader } from './support/keys.ts'
import { freshRegister, type Register } from './support/register.ts'

interface Parameter {
  name: string
  in: string
  required?: boolean
  example?: string
}

interface Operation {
  operationId: string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { example?: object }> }
}

const { paths } = JSON.parse(readFileSync(new URL('../openapi/openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>
}
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
)
const writes = operations.filter(({ method }) => method !== 'GET')

/** An existing key, an import, and a webhook: no example can name one, since the sample register contains none. */
let key = ''
let made = ''
let webhook = ''
let delivery = ''

const idIn = (path: string): string =>
  path.startsWith('/v1/keys/') ? key : path.startsWith('/v1/webhooks/') ? webhook : made

/** The request made of the document's examples, as Swagger UI sends it: only what it fills in. */
function request({ path, method, parameters = [], requestBody }: (typeof operations)[number], mediaType?: string) {
  const filled = (place: string) => parameters.filter((one) => one.in === place && one.example !== undefined)
  const [type, content] = Object.entries(requestBody?.content ?? {}).find(([one]) => one === (mediaType ?? one)) ?? []
  return {
    method: method as 'POST',
    url: /^\/v1\/(?:keys|imports|webhooks)\//.test(path)
      ? path.replace('{id}', idIn(path)).replace('{deliveryId}', delivery)
      : path.replace(/\{(\w+)\}/g, (_, name: string) => filled('path').find((one) => one.name === name)!.example!),
    query: Object.fromEntries(filled('query').map(({ name, example }) => [name, example!])),
    headers: {
      ...authHeader('admin'),
      ...Object.fromEntries(filled('header').map(({ name, example }) => [name, example!])),
      ...(type && { 'content-type': type === formType ? `${type}; boundary=--part` : type }),
    },
    ...(content && { payload: type === formType ? formOf(content.example!) : JSON.stringify(content.example) }),
  }
}

const formType = 'multipart/form-data'

/** A form with a file, as browsers send it. */
const formOf = (parts: object): string =>
  Object.entries(parts)
    .map(([name, value]) => {
      const file = name === 'file' ? '; filename="example.csv"\r\nContent-Type: text/csv' : ''
      return `----part\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`
    })
    .join('') + '----part--\r\n'

const korea = '/v1/agreements/01a0c451-6218-7549-96ad-388bcf6f4db3'
const questions = [
  korea,
  `${korea}/position?signatory=US-DHS&partyKind=state`,
  `${korea}/position?signatory=US-DHS`,
  '/v1/agreements?pair=US,KR',
  '/v1/agreements?researchDomain=theme:disaster-resilience',
  '/v1/agreements?status=signed&on=2012-12-01',
  '/v1/statistics?groupBy=signedYear&signatory=US-DHS',
  '/v1/dates?event=entered_into_force&from=2007-01-01&to=2007-12-31',
  '/v1/signatories/US-DHS-ST',
  '/v1/research-domains/theme:flooding',
]

let register: Register

/** A checksum of each response that the examples must not change: the founding case, and everything in the documentation. */
const whatMatters = async (): Promise<string[]> =>
  Promise.all(
    questions.map(async (url) => {
      const { statusCode, payload } = await register.app.inject({ url })
      // The address that pins an answer names the last change of the register.
      const answer = payload.replaceAll(/asOf=[^&"]*/g, 'asOf=')
      return `${statusCode} ${url} ${createHash('sha256').update(answer).digest('hex').slice(0, 8)}`
    }),
  )

/** Deletions come last, that of the agreement after those of its parts, so that writes do not disturb each other. */
const last = ({ method, operationId }: Operation & { method: string }): number =>
  method !== 'DELETE' ? 0 : operationId === 'deleteAgreement' ? 2 : 1

let before: string[]
let ran = 0
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
  before = await whatMatters()
  const idOf = async (name: string) => {
    const answer = await register.app.inject(request(writes.find(({ operationId }) => operationId === name)!))
    return answer.json<{ id: string }>().id
  }
  key = await idOf('createKey')
  made = await idOf('createImport')
  webhook = await idOf('createWebhook')
  delivery = await idOf('createPing')
})
afterAll(() => console.log(`examples: ${ran} of ${writes.length} writes run twice in a row`))

test.each(operations.filter(({ method }) => method === 'GET'))('the example of $operationId succeeds', async (read) => {
  const { statusCode, payload } = await register.app.inject(request(read))
  expect(statusCode, payload.slice(0, 500)).toBe(200)
})

/** Deletions, key rotation and new registry entries work only once; everything else can be repeated. */
function expectedOf({ method, operationId }: (typeof operations)[number], [first]: number[]): number[] {
  if (method === 'DELETE') return [204, 404]
  if (operationId === 'rotateKey') return [201, 409]
  // A small import has ended at once.
  if (operationId === 'cancelImport') return [409, 409]
  // What was created is told in place of a double.
  if (
    ['createSignatory', 'createResearchDomain', 'createCollection', 'createMapping', 'createMerge'].includes(
      operationId,
    )
  )
    return [201, 409]
  return first === 201 ? [201, 201] : [200, 200]
}

test.each(writes.toSorted((a, b) => last(a) - last(b)))(
  '$operationId: its example runs as it stands, twice in a row, and touches nothing that matters',
  async (write) => {
    for (const mediaType of Object.keys(write.requestBody?.content ?? { none: {} })) {
      const first = await register.app.inject(request(write, mediaType))
      const second = await register.app.inject(request(write, mediaType))
      const statuses = [first.statusCode, second.statusCode]
      expect(statuses, first.payload.slice(0, 500) + second.payload.slice(0, 500)).toEqual(expectedOf(write, statuses))
    }
    expect(await whatMatters()).toEqual(before)
    ran += 1
  },
)

test('an example restores what another deleted', async () => {
  const statuses: number[] = []
  for (const name of ['deleteAgreement', 'restoreAgreement', 'deleteAgreement']) {
    const write = writes.find(({ operationId }) => operationId === name)!
    statuses.push((await register.app.inject(request(write))).statusCode)
  }
  expect(statuses).toEqual([404, 200, 204])
})
