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
    const names = Array.from('abcdefghijkl', (letter) => `Korea Forest Service${letter}`)
    const bodies = await Promise.all(
      names.map((name) => post('/v1/signatories', { name, kind: 'agency', parent: 'KR' })),
    )
    const codes = bodies.map(({ body: { code } }) => code as string)
    expect(new Set(codes).size).toBe(12)
    expect(codes).toContain('KR-KFS')
    expect(codes).toContain('KR-KFS-12')
    const labels = Array.from({ length: 12 }, (_, i) => `Landslides & Avalanches ${'山'.repeat(i + 1)}`)
    const domains = await Promise.all(labels.map((label) => post('/v1/research-domains', { scheme: 'theme', label })))
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

describe('the same entry twice is refused, and the answer names the one that is there', () => {
  let register: Register
  beforeAll(async () => {
    register = await freshRegister()
    const university = {
      code: 'AU-UNIMELB',
      name: 'The University of Melbourne',
      kind: 'agency',
      parent: 'AU',
      aliases: ['Melbourne University'],
      names: [{ language: 'zh', name: '墨尔本大学' }],
    }
    await register.api.post('/v1/signatories').send(university).expect(201)
    await register.api
      .post('/v1/research-domains')
      .send({ scheme: 'theme', code: 'quakes', label: 'Quakes & Tremors', broader: 'theme:disaster-resilience' })
      .expect(201)
  })
  const body = (over: object) => ({ name: 'Another University', kind: 'agency', parent: 'AU', ...over })
  const post = (given: object, path = '/v1/signatories') => register.api.post(path).send(given)

  test.each([
    ['its name', { name: 'University of Melbourne' }, '/name'],
    ['its name in capitals', { name: 'THE UNIVERSITY OF MELBOURNE' }, '/name'],
    ['its name with a code', { name: 'the university of melbourne', code: 'MELBOURNE' }, '/name'],
    ['its alias as the name', { name: 'melbourne university' }, '/name'],
    ['its name as an alias', { aliases: ['A', 'university of Melbourne, the'] }, '/aliases/1'],
    ['its alias', { aliases: ['MELBOURNE  UNIVERSITY'] }, '/aliases/0'],
    ['its code as an alias', { aliases: ['au-unimelb'] }, '/aliases/0'],
    ['its code', { code: 'AU-UNIMELB' }, '/code'],
    ['its name in another language', { name: '墨尔本大学' }, '/name'],
    ['its name among the names', { names: [{ language: 'en', name: 'Melbourne University' }] }, '/names/0/name'],
    ['another kind', { name: 'University of Melbourne', kind: 'other' }, '/name'],
  ])('with %s', async (_, over, pointer) => {
    const { body: refused } = await post(body(over)).expect(409)
    expect(refused).toMatchObject({
      code: 'taken',
      errors: [
        {
          pointer,
          code: 'taken',
          didYouMean: 'AU-UNIMELB',
          conflictsWith: expect.stringContaining('/v1/signatories/'),
        },
      ],
    })
    expect(refused.detail).toContain('`AU-UNIMELB` (The University of Melbourne) under `AU`')
  })

  test.each([
    ['a state', { name: 'république de corée', kind: 'state', code: 'KQ', parent: null }, 'KR'],
    ['a state by its alpha-3 code', { name: 'Corea', aliases: ['kor'], kind: 'state', code: 'KQ', parent: null }, 'KR'],
    ['an organization', { name: 'W.H.O.', kind: 'intergovernmental_organization', parent: null }, 'WHO'],
  ])('with the name of %s', async (_, over, code) => {
    const { body: refused } = await post(body(over)).expect(409)
    expect(refused.errors).toMatchObject([{ didYouMean: code }])
  })

  test('a research domain of the scheme too', async () => {
    const domain = { scheme: 'theme', label: 'quakes and tremors', broader: 'theme:disaster-resilience' }
    await post(domain, '/v1/research-domains').expect(201)
    const twice = { ...domain, label: 'QUAKES & TREMORS' }
    const { body: refused } = await post(twice, '/v1/research-domains').expect(409)
    expect(refused.errors).toMatchObject([
      {
        pointer: '/label',
        code: 'taken',
        didYouMean: 'theme:quakes',
        conflictsWith: expect.stringContaining('/v1/research-domains/'),
      },
    ])
    await post({ ...twice, broader: null }, '/v1/research-domains').expect(201)
    await post({ ...twice, scheme: 'other', broader: null }, '/v1/research-domains').expect(201)
  })

  test('a name under another parent, of other years, or of what came before, is another body', async () => {
    const name = 'University of Melbourne'
    await post(body({ name, parent: 'NZ' })).expect(201)
    await post(body({ name: 'Office of Dams', validFrom: '1950', validTo: '1960' })).expect(201)
    await post(body({ name: 'Office of Dams', validFrom: '1955' })).expect(409)
    const { body: later } = await post(body({ name: 'Office of Dams', validFrom: '1960-12-31' })).expect(201)
    await post(body({ name: 'Office of Dams' })).expect(409)
    const predecessors = [{ signatory: later.code, kind: 're_establishment' }]
    const { body: refused } = await post(body({ name: 'Office of Dams', predecessors })).expect(409)
    expect(refused.detail).not.toContain(`\`${later.code}\``)
    await post(body({ name: 'Office of Weirs' })).expect(201)
    const { body: weirs } = await register.api.get('/v1/signatories?q=office of weirs').expect(200)
    const after = [{ signatory: weirs.items[0].code }]
    await post(body({ name: 'Office of Weirs', predecessors: after })).expect(201)
  })

  test('an edit is refused when it makes a double, and not for one that was there before', async () => {
    const patch = (code: string, change: object) =>
      register.api.patch(`/v1/signatories/${code}`).set('If-Match', '*').send(change)
    await post(body({ code: 'AU-OTHER', name: 'Other University' })).expect(201)
    const { body: refused } = await patch('AU-OTHER', { aliases: ['Melbourne University'] }).expect(409)
    expect(refused.errors).toMatchObject([{ pointer: '/aliases/0', didYouMean: 'AU-UNIMELB' }])
    await patch('AU-OTHER', { name: 'University of MELBOURNE' }).expect(409)
    await post(body({ code: 'CK-TWIN', name: 'Melbourne University', parent: 'CK' })).expect(201)
    await patch('CK-TWIN', { parent: 'AU' }).expect(409)
    await register.db.query({
      name: 'make-double',
      text: `update signatories set name = 'Melbourne University', words = E'au other\\nmelbourne university'
        where code = 'AU-OTHER'`,
    })
    await patch('AU-OTHER', { aliases: ['A third name'] }).expect(200)
    await patch('AU-OTHER', { validFrom: '1990' }).expect(200)
    await patch('AU-OTHER', { name: 'Quite another' }).expect(200)
  })

  test('invisible characters make no other name, and no name alone', async () => {
    await post(body({ name: 'Institute of Tides', parent: 'NO' })).expect(201)
    await post(body({ name: 'Institute\u200b of T\u00adides', parent: 'NO' })).expect(409)
    const { body: refused } = await post(body({ name: '\u200b\u3164', parent: 'NO' })).expect(422)
    expect(refused.errors).toMatchObject([{ pointer: '/name', code: 'invisible' }])
  })

  test('twelve at once: one is added', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        post(body({ name: i % 2 ? 'Kyoto University' : 'KYOTO university', parent: 'JP' })),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(11)
  })
})
