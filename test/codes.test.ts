import { beforeAll, describe, expect, test } from 'vitest'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

describe('what is added without a name for programs is given one', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
  })
  const post = (path: string, body: object, status = 201) => register.api.post(path).send(body).expect(status)

  test.each([
    ['National Disaster Management Research Institute', 'KR', 'KR-NDMRI'],
    ['Office of the Chief Scientist', 'AU', 'AU-OCS'],
    ['Météo', 'FR', 'FR-METEO'],
    ['국립재난안전연구원', 'KR', 'KR-BODY'],
    ['The Of', 'GB', 'GB-THE'],
    ['Pacifica', null, 'PACIFICA'],
    ['X', null, 'BODY-X'],
  ])('%s under %s: %s', async (name, parent, code) => {
    const { body, headers } = await post('/v1/signatories', { name, parent, kind: parent ? 'agency' : 'other' })
    expect(body.code).toBe(code)
    expect(headers['location']).toBe(`/v1/signatories/${code}`)
  })

  test('as many as are added at once, each another', async () => {
    const body = { name: 'Korea Forest Service', kind: 'agency', parent: 'KR' }
    const bodies = await Promise.all(Array.from({ length: 12 }, () => post('/v1/signatories', body)))
    const codes = bodies.map(({ body: { code } }) => code as string)
    expect(new Set(codes).size).toBe(12)
    expect(codes).toContain('KR-KFS')
    expect(codes).toContain('KR-KFS-12')
    const domain = { scheme: 'theme', label: 'Landslides & Avalanches' }
    const domains = await Promise.all(Array.from({ length: 12 }, () => post('/v1/research-domains', domain)))
    expect(new Set(domains.map(({ body: { code } }) => code as string)).size).toBe(12)
    await register.api.get('/v1/research-domains/theme:landslides-avalanches-12').expect(200)
  })

  test('but for a state, whose code is that of ISO 3166', async () => {
    const { body } = await post('/v1/signatories', { name: 'Atlantis', kind: 'state' }, 422)
    expect(body.errors).toMatchObject([{ pointer: '/code', code: 'no_code' }])
  })

  test('a source by its title; one that names a key keeps it, and a taken one is refused', async () => {
    const { headers } = await post('/v1/agreements', anAgreement())
    const sources = `${headers['location']}/sources`
    const keys = []
    for (const title of ['DHS S&T and Korea', 'DHS S&T and Korea', '보도자료'])
      keys.push((await post(sources, { title })).body.key)
    expect(keys).toEqual(['dhs-s-t-and-korea', 'dhs-s-t-and-korea-2', 'source'])
    await post(sources, { key: 'source', title: 'Another' }, 409)
  })
})
