import { beforeAll, describe, expect, test } from 'vitest'
import { publishAll } from '../src/agreements/publication/republish-worker.ts'
import { loadSample } from '../src/programs/sample.ts'
import { addInBulk, numberedId } from './support/bulk.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

const today = '2026-01-01'
const asking = (q: string, rest = '') => `/v1/agreements?q=${encodeURIComponent(q)}${rest}`

interface Answer {
  items: { id: string; reference: string | null }[]
  nextCursor: string | null
  total?: number
  didYouMean: string | null
}

const askOf =
  (register: Register) =>
  async (q: string, rest = ''): Promise<Answer> =>
    (await register.api.get(asking(q, rest)).expect(200)).body

describe('words on the sample register', () => {
  let register: Register
  let ask: (q: string, rest?: string) => Promise<Answer>
  beforeAll(async () => {
    register = await freshRegister()
    await loadSample(register.db, today)
    ask = askOf(register)
  })
  const found = async (q: string) => (await ask(q, '&limit=200')).items.map(({ reference }) => reference!.slice(-2))

  test.each([
    'south korea dhs',
    'Mun Mi-ock',
    'Mi-ock',
    '"mun mi-ock"',
    '“Mun Mi-ock”',
    'William Bryan',
    'flooding',
    'floods',
    'flood earthquakes',
    'disaster resilience',
    'Daejeon',
    'DHS-ST-2019-KR',
    'korea or nothingofthesort',
    'the memorandum with korea',
  ])('%s finds the memorandum with Korea first', async (q) => {
    const { items, didYouMean } = await ask(q)
    expect([items[0]?.reference, didYouMean]).toEqual(['DHS-ST-2019-KR', null])
  })

  test.each([
    'Corée',
    'coree DU sud',
    'KR',
    'KOR',
    '대한민국',
    '한국',
    'US-DHS-ST',
    '"technology directorate',
    '-mexico -canada korea',
  ])('%s finds the memorandum with Korea and what followed it', async (q) => {
    const { items, didYouMean } = await ask(q)
    expect(didYouMean).toBeNull()
    expect(items.map(({ reference }) => String(reference)).toSorted()).toEqual([
      'DHS-ST-2019-KR',
      'DHS-ST-2022-JSI-KR',
      'DHS-ST-2022-PA-KR',
      'DHS-ST-2023-JSI-KR',
    ])
  })

  test('names, codes, identifiers and titles in other languages find their agreement alone', async () => {
    expect(await found('mourino')).toEqual(['MX'])
    expect(await found('sécurité intérieure')).toEqual(['FR'])
    expect(await found('samarbete')).toEqual(['SE'])
    expect(await found('TIAS 04-601')).toEqual(['CA'])
    expect(await found('04-601')).toEqual(['CA'])
    expect(await found('601-04')).toEqual([])
    expect(await found('UK')).toEqual(['GB'])
  })

  test('quotes hold words together, minus excludes, `or` stands between alternatives', async () => {
    expect(await found('"security homeland"')).toEqual([])
    expect(await found('security homeland')).toHaveLength(17)
    expect(await found('homeland -korea')).toHaveLength(13)
    expect(await found('homeland -korea')).not.toContain('KR')
    expect(await found('-korea')).toHaveLength(13)
    expect((await found('mexico OR netherlands -daejeon')).toSorted()).toEqual(['MX', 'NL'])
    expect((await found('sweden or singapore or')).toSorted()).toEqual(['SE', 'SG'])
  })

  test('small words count where nothing else is asked for, are quoted, or are codes', async () => {
    expect(await found('the of and')).not.toHaveLength(0)
    expect(await found('korea it')).toEqual(['KR', 'KR', 'KR', 'KR'])
    expect(await found('korea IT')).toEqual([])
    expect(await found('korea "it"')).toEqual([])
  })

  test.each(['+++', '""', '- - -', '()', ':*&|!<->', "'", '%_'])(
    '%s asks for no word, and finds nothing',
    async (q) => {
      expect(await ask(q)).toEqual({ items: [], nextCursor: null, didYouMean: null })
    },
  )

  test.each([
    ['Koera', 'korea', 'KR'],
    ['south koera dhs', 'south korea dhs', 'KR'],
    ['"south koera" -mexico', '"south korea" -mexico', 'KR'],
    ['Nehterlands rijswijk or nothingofthesort', 'netherlands', undefined],
    ['Swedn', 'sweden', 'SE'],
    ['Singapoer', 'singapore', 'SG'],
    ['floding', 'flooding', 'KR'],
  ])('a misspelt name is mended: %s', async (q, didYouMean, first) => {
    const answer = await ask(q)
    expect([answer.didYouMean, answer.items[0]?.reference?.slice(-2)]).toEqual([didYouMean, first])
  })

  test('what is found as it stands is not doubted, and only names are mended', async () => {
    expect((await ask('mourino')).didYouMean).toBeNull()
    expect(await ask('Willaim')).toMatchObject({ items: [], didYouMean: null })
    expect(await ask('xyz')).toMatchObject({ items: [], didYouMean: null })
    expect(await ask('qwrtzp')).toMatchObject({ items: [], didYouMean: null })
  })

  test('a long search is not doubted', async () => {
    expect(await ask(`koera ${'-ﷺ '.repeat(100)}`)).toMatchObject({ items: [], didYouMean: null })
    expect(await ask('koera one two three four five six seven eight')).toMatchObject({ items: [], didYouMean: null })
  })

  test('a search that finds nothing even so tells one that would', async () => {
    expect(await ask('koera qwrtzp')).toMatchObject({ items: [], didYouMean: 'korea' })
    expect(await ask('mourino daejeon')).toMatchObject({ items: [], didYouMean: 'mourino or daejeon' })
    for (const q of ['korea', 'mourino or daejeon']) expect((await ask(q)).items.length).toBeGreaterThan(0)
  })

  test('the other filters still apply, and do not make the words doubtful', async () => {
    expect(await ask('Koera', '&party=MX')).toMatchObject({ items: [], didYouMean: 'korea' })
    expect(await ask('korea', '&party=MX')).toMatchObject({ items: [], didYouMean: null })
    expect((await ask('homeland', '&party=MX')).items).toHaveLength(1)
  })

  test.each(['homeland', 'Koera', '-korea', 'homeland or flood', 'nothingofthesort'])(
    'list, count, statistics, position and export take %s for the same',
    async (q) => {
      const { items, total, didYouMean } = await ask(q, '&limit=200&count=exact')
      const query = `q=${encodeURIComponent(q)}`
      const ids = items.map(({ id }) => id).toSorted()
      expect(total).toBe(items.length)
      for (const sort of ['title', '-signed', 'expires', '-updated']) {
        expect((await ask(q, `&limit=200&sort=${sort}`)).items.map(({ id }) => id).toSorted()).toEqual(ids)
      }
      const statistics = (await register.api.get(`/v1/statistics?groupBy=type&${query}`).expect(200)).body
      expect([statistics.total, statistics.didYouMean]).toEqual([total, didYouMean])
      const { text, headers } = await register.api.get(`/v1/agreements/export?format=ndjson&${query}`).expect(200)
      expect(headers['x-did-you-mean']).toBe(didYouMean ? encodeURIComponent(didYouMean) : undefined)
      const exported = text.split('\n').filter((line) => line.startsWith('{'))
      expect(exported.map((line) => (JSON.parse(line) as { id: string }).id).toSorted()).toEqual(ids)
      for (const id of ids) {
        const position = (await register.api.get(`/v1/agreements/${id}/position?${query}`).expect(200)).body
        expect([position.total, position.didYouMean]).toEqual([total, didYouMean])
      }
    },
  )

  test.each(['/v1/agreements/export?', '/v1/statistics?groupBy=type&format=csv&', '/v1/deadlines?format=ics&'])(
    'what the words were taken for is told in a header where the body has no place for it: %s',
    async (address) => {
      const told = async (q: string) =>
        (await register.api.get(`${address}q=${q}`).expect(200)).headers['x-did-you-mean']
      expect([await told('south+koera'), await told('south+korea')]).toEqual(['south%20korea', undefined])
    },
  )

  test('pages go on with what the first one took the words for, and hold each find once', async () => {
    for (const q of ['homeland', 'Untied', '-korea']) {
      const all = (await ask(q, '&limit=200')).items.map(({ id }) => id)
      const paged: string[] = []
      for (let cursor = ''; ;) {
        const page = await ask(q, `&limit=3${cursor}`)
        expect(page.didYouMean).toBe(q === 'Untied' ? 'united' : null)
        paged.push(...page.items.map(({ id }) => id))
        if (page.nextCursor === null) break
        cursor = `&cursor=${page.nextCursor}`
      }
      expect(paged).toEqual(all)
    }
    const first = await ask('Untied', '&limit=3')
    const signatories = ['JP', 'SE'].map((signatory, i) => ({ side: i + 1, signatory }))
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ title: 'An untied loan', signatories }))
      .expect(201)
    expect((await ask('Untied', `&limit=200&cursor=${first.nextCursor}`)).items).toHaveLength(14)
    expect((await ask('Untied')).items).toHaveLength(1)
  })

  test('the registries mend names too, and page through them', async () => {
    const list = async (address: string) => (await register.api.get(address).expect(200)).body
    const codes = (body: { items: { code: string }[] }) => body.items.map(({ code }) => code)
    const korea = await list('/v1/signatories?q=Koera&limit=1')
    expect([codes(korea), korea.didYouMean]).toEqual([['KR'], 'korea'])
    expect(codes(await list(`/v1/signatories?q=Koera&limit=1&cursor=${korea.nextCursor}`))).toEqual(['KP'])
    expect(await list('/v1/signatories?q=korea&kind=territory')).toMatchObject({ items: [], didYouMean: null })
    expect(await list('/v1/signatories?q=koera%20qwrtzp')).toMatchObject({ items: [], didYouMean: 'korea' })
    expect(await list('/v1/signatories?limit=1')).toMatchObject({ didYouMean: null })
    const flood = await list('/v1/research-domains?q=floding')
    expect([codes(flood), flood.didYouMean]).toEqual([['flooding'], 'flooding'])
  })
})

describe('words in every script', () => {
  let register: Register
  let ask: (q: string, rest?: string) => Promise<Answer>
  const titles: Record<string, string> = {
    zh: '中华人民共和国政府和美利坚合众国政府科学技术合作协定',
    ja: '科学技術における研究開発のための協力に関する協定',
    ko: '대한민국 정부와 미합중국 정부 간의 과학기술협력협정',
    ru: 'Соглашение о сотрудничестве в области ёмкостей',
    ar: 'اِتِّفَاقِيَّة التعاون العلمي والتقني',
    el: 'Συμφωνία επιστημονικής συνεργασίας',
    vi: 'Hiệp định hợp tác khoa học Đà Nẵng',
    th: 'ความตกลงว่าด้วยความร่วมมือ',
    fr: 'Accord d’amitié et d’entraide',
  }
  beforeAll(async () => {
    register = await freshRegister()
    ask = askOf(register)
    for (const [language, title] of Object.entries(titles)) {
      const agreement = anAgreement({ reference: language, alternativeTitles: [{ language, title }] })
      await register.api.post('/v1/agreements').send(agreement).expect(201)
    }
  })

  test.each([
    ['科学技术合作', 'zh'],
    ['美利坚', 'zh'],
    ['"美利坚 合众国"', 'zh'],
    ['研究開発', 'ja'],
    ['대한민국', 'ko'],
    ['정부', 'ko'],
    ['과학기술협력', 'ko'],
    ['сотрудничестве', 'ru'],
    ['ЕМКОСТЕЙ', 'ru'],
    ['اتفاقية', 'ar'],
    ['συμφωνια', 'el'],
    ['da nang', 'vi'],
    ['ร่วมมือ', 'th'],
    ['amitie', 'fr'],
    ["d'amitié", 'fr'],
    ['entraide', 'fr'],
  ])('%s', async (q, language) => {
    expect((await ask(q)).items.map(({ reference }) => reference)).toEqual([language])
  })

  test.each(['科学美利坚', '정부간', 'сотрудничества'])('%s stands nowhere', async (q) => {
    expect((await ask(q)).items).toEqual([])
  })
})

describe('words that follow the registry', () => {
  test('an alias that is added finds the agreements of the body, and makes no version of them', async () => {
    const register = await freshRegister()
    const ask = askOf(register)
    await register.api
      .post('/v1/agreements')
      .send(anAgreement({ reference: 'ONE' }))
      .expect(201)
    expect((await ask('Nihonkoku')).items).toEqual([])
    const { headers, body } = await register.api.get('/v1/signatories/JP').expect(200)
    const aliases = [...body.aliases, 'Nihonkoku']
    await register.api.patch('/v1/signatories/JP').set('If-Match', headers['etag']!).send({ aliases }).expect(200)
    await publishAll(register.db, today)
    expect((await ask('Nihonkoku')).items).toMatchObject([{ reference: 'ONE', version: 1 }])
  })
})

describe('words that thousands of agreements have', () => {
  const many = 1_205
  let register: Register
  let ask: (q: string, rest?: string) => Promise<Answer>
  beforeAll(async () => {
    register = await freshRegister()
    ask = askOf(register)
    await addInBulk(
      register.db,
      Array.from({ length: many }, (_, i) => ({
        id: numberedId(i),
        body: anAgreement({
          title: i % 100 === 7 ? 'Protocol on quantum logistics' : 'Protocol on logistics',
          summary: i % 2 === 0 ? 'Seismology and logistics.' : null,
          dates: i % 400 === 3 ? [] : [{ event: 'signed', date: `${i === 10 ? 2091 : 1950 + (i % 70)}-03-05` }],
        }),
      })),
      today,
    )
  }, 120_000)

  test('come the latest first; the cap is on the words, not on what the other filters leave', async () => {
    const common = await ask('protocol logistics', '&limit=200')
    const byDay = await ask('protocol logistics', '&limit=200&sort=-signed')
    expect(common.items).toEqual(byDay.items)
    const some = await ask('protocol', '&signedFrom=2018-01-01&limit=200')
    expect(some.items).toEqual((await ask('protocol', '&signedFrom=2018-01-01&limit=200&sort=-signed')).items)
    expect((await ask('protocol quantum')).items).toHaveLength(12)
  })

  test.each(['protocol', 'seismology', '-quantum', 'Untied'])(
    '%s: pages hold each find once, whatever others write meanwhile',
    async (q) => {
      const query = `format=ndjson&q=${encodeURIComponent(q)}`
      const { text } = await register.api.get(`/v1/agreements/export?${query}`).expect(200)
      const before = [...text.matchAll(/^\{"id":"(0190a000[^"]+)"/gm)].map(([, id]) => id!)
      const seen: string[] = []
      let written = 0
      for (let cursor = ''; ;) {
        const page = await ask(q, `&limit=200${cursor}`)
        seen.push(...page.items.map(({ id }) => id).filter((id) => id.startsWith('0190a000')))
        if (page.nextCursor === null) break
        cursor = `&cursor=${page.nextCursor}`
        const title = 'Protocol on seismology, seismology, seismology'
        for (let i = 0; i < 5; i += 1) {
          const dates = [{ event: 'signed', date: `${1960 + written}-03-05` }]
          await register.api.post('/v1/agreements').send(anAgreement({ title, dates })).expect(201)
          written += 1
        }
      }
      expect(written).toBeGreaterThan(0)
      expect(seen.toSorted()).toEqual(before.toSorted())
    },
  )
})
