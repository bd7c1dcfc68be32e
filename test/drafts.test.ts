import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadSample } from '../src/programs/sample.ts'
import {
  type Count,
  countInto,
  type Draft,
  type Field,
  fields,
  more,
  noCounts,
  type Text,
  texts,
} from './drafts/score.ts'
import { freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, '2026-01-01')
})

const draftOf = async (body: object): Promise<Draft> =>
  (await register.api.post('/v1/drafts').send(body).expect(200)).body as Draft

/** The facts of the founding article, in other words. */
const paraphrase = {
  title: 'Seoul and Washington join forces in technology',
  text: `South Korea has entered a technology partnership with the US. Research is to deal with disasters such as fire, storms, flooding and earthquakes, and with infectious disease control.

The technology departments of both countries signed a memorandum of understanding on the 27th of October, 2019. For the US Department of Homeland Security (DHS) it is the 13th bilateral partnership, and the first since 2013.`,
}

describe('a draft', () => {
  test('names parties, bodies, type, day, topics and claims of the founding case, and what each rests on', async () => {
    const { result, agreement, values } = await draftOf(paraphrase)
    expect(result).toBe('agreement')
    expect(agreement).toMatchObject({
      type: 'memorandum_of_understanding',
      binding: 'unknown',
      signatories: [
        { side: 1, signatory: 'KR-MSIT' },
        { side: 2, signatory: 'US-DHS-ST' },
      ],
      dates: [{ event: 'signed', date: '2019-10-27', place: null }],
      researchDomains: expect.arrayContaining(['theme:fire', 'theme:storms', 'theme:flooding', 'theme:earthquakes']),
      claims: [
        { statement: 'It is the 13th bilateral of the Department of Homeland Security.', assessment: 'unverified' },
        { statement: 'It is the first since 2013.' },
      ],
    })
    const day = values.find(({ pointer }) => pointer === '/dates/0/date')!
    expect(day).toMatchObject({ confidence: 'high', evidence: { in: 'text', words: '27th of October, 2019' } })
    for (const { evidence } of values) {
      const where = evidence.in === 'text' ? paraphrase.text : paraphrase.title
      expect(Array.from(where).slice(evidence.start, evidence.end).join('')).toBe(evidence.words)
    }
  })

  test('of a known act gives its day as a competing value, with the source, which can be sent as they are', async () => {
    const { similar } = await draftOf(paraphrase)
    const [memorandum] = similar
    expect(memorandum).toMatchObject({ agreement: { reference: 'DHS-ST-2019-KR' }, isProbablyTheSame: true })
    expect(memorandum!.dates).toMatchObject([
      {
        kind: 'competing',
        date: { event: 'signed', date: '2019-10-27', preferred: false },
        held: expect.arrayContaining([{ date: '2019-10-23', place: 'Daejeon', preferred: true, source: 'etnews' }]),
      },
    ])
    const { body } = await register.api.post('/v1/agreements').send({
      title: 'Memorandum',
      type: 'memorandum_of_understanding',
      signatories: [
        { side: 1, signatory: 'US-DHS-ST' },
        { side: 2, signatory: 'KR-MSIT' },
      ],
      dates: [{ event: 'signed', date: '2019-10-20' }],
    })
    const { id } = body as { id: string }
    const own = (await draftOf(paraphrase)).similar.find(({ agreement }) => agreement.id === id)!
    await register.api.post(`/v1/agreements/${id}/sources`).send(own.source).expect(201)
    await register.api.post(`/v1/agreements/${id}/dates`).send(own.dates[0]!.date).expect(201)
    const { dates } = (await register.api.get(`/v1/agreements/${id}`)).body as {
      dates: { date: string; preferred: boolean }[]
    }
    expect(dates.map(({ date, preferred }) => [date, preferred])).toEqual([
      ['2019-10-20', true],
      ['2019-10-27', false],
    ])
    await register.api.delete(`/v1/agreements/${id}`).set('if-match', '*').expect(204)
  })

  test('can be sent to POST /v1/agreements as it is', async () => {
    for (const { name: _, right, ...given } of texts.filter(({ right }, i) => right !== null && i % 4 === 0)) {
      const { agreement } = await draftOf(given)
      const { status, body } = await register.api.post('/v1/agreements').send(agreement!)
      expect([status, right && body.title]).toEqual([201, agreement!.title])
    }
  })

  test('writes nothing, needs a key, and takes 200 kB and no byte more', async () => {
    const count = async () =>
      ((await register.api.get('/v1/agreements?count=exact&limit=1')).body as { total: number }).total
    const before = await count()
    await draftOf(paraphrase)
    expect(await count()).toBe(before)
    await register.anonymous.post('/v1/drafts').send(paraphrase).expect(401)
    await register.api
      .post('/v1/drafts')
      .send({ text: 'é'.repeat(100_000) })
      .expect(200)
    const { body } = await register.api
      .post('/v1/drafts')
      .send({ text: `${'é'.repeat(100_000)}.` })
      .expect(413)
    expect(body).toMatchObject({ code: 'content_too_large' })
  })

  test('of HTML counts evidence in its text, which it answers', async () => {
    const text =
      '<html><head><title>x</title><style>p { color: red }</style></head><body><p>🇵🇪 Per&uacute; and <b>Ecu</b>ador signed an agreement<br>on 14 June 2023.</p><script>Chile()</script></body></html>'
    const { plainText, agreement, values } = await draftOf({ text })
    expect(plainText).toBe('🇵🇪 Perú and Ecuador signed an agreement on 14 June 2023.')
    expect(agreement!.signatories.map(({ signatory }) => signatory)).toEqual(['PE', 'EC'])
    const { evidence } = values.find(({ pointer }) => pointer === '/signatories/1/signatory')!
    expect(Array.from(plainText!).slice(evidence.start, evidence.end).join('')).toBe('Ecuador')
  })

  test.each([
    ['svg', '<p>Norway and Chile <svg class="x"/> signed a treaty on 3 May 2024.</p>'],
    ['iframe', '<p>Norway and Chile <iframe src="x"/> signed a treaty on 3 May 2024.</p>'],
    ['svg in svg', '<p>Norway and Chile <svg><svg/><text>no</text></svg> signed a treaty on 3 May 2024.</p>'],
  ])('of HTML reads on after an element that closes itself: %s', async (_, text) => {
    const { plainText, agreement } = await draftOf({ text })
    expect(plainText!.replace(/\s+/g, ' ')).toBe('Norway and Chile signed a treaty on 3 May 2024.')
    expect(agreement!.dates).toMatchObject([{ event: 'signed', date: '2024-05-03' }])
  })

  test('makes no claim of what the text denies', async () => {
    const text = paraphrase.text.replace('it is the 13th', 'it is not the 13th')
    expect((await draftOf({ text })).agreement!.claims).toMatchObject([{ statement: 'It is the first since 2013.' }])
  })

  test('has domains of a scheme of one body only for it and the bodies under it', async () => {
    const named = async (code: string, name: string, parent: string) => {
      await register.api.post('/v1/signatories').send({ code, name, kind: 'agency', parent }).expect(201)
      const text = `The ${name} and the Government of Peru signed an agreement on 3 May 2024. It covers explosives.`
      const { agreement } = await draftOf({ text })
      expect(agreement!.signatories[0]!.signatory).toBe(code)
      return agreement!.researchDomains.includes('dhs-st:explosives')
    }
    expect(await named('US-DHSX', 'Fixture Harbour Board', 'US')).toBe(false)
    expect(await named('US-QUAYLAB', 'Fixture Quay Laboratory', 'US-DHS-ST')).toBe(true)
  })

  test('has no body of a name with an asterisk in it, unless the text has that name', async () => {
    const starred = { code: 'ZZ-STARRED', name: 'Qua* Board', kind: 'other', aliases: ['Zy*'] }
    await register.api.post('/v1/signatories').send(starred).expect(201)
    const signed = 'and the Government of Peru signed an agreement on 3 May 2024.'
    for (const other of ['Quadrant Board', 'Zyprexa'])
      expect((await draftOf({ text: `The ${other} ${signed}` })).result).toBe('one_party')
    const { agreement } = await draftOf({ text: `The Qua* Board ${signed}` })
    expect(agreement!.signatories.map(({ signatory }) => signatory)).toEqual(['ZZ-STARRED', 'PE'])
  })

  test('takes no word of a text for a property of an object', async () => {
    const text = 'The United States and Japan signed an agreement between both constructor departments on 3 May 2024.'
    expect((await draftOf({ text })).agreement!.signatories.map(({ signatory }) => signatory)).toEqual(['US', 'JP'])
  })

  test('without the day of publication says that it needs it', async () => {
    const given = { text: 'Peru and Ecuador signed an agreement yesterday.' }
    expect(await draftOf(given)).toMatchObject({
      agreement: { dates: [] },
      missing: expect.arrayContaining([expect.objectContaining({ message: expect.stringContaining('publishedOn') })]),
    })
    const { agreement } = await draftOf({ ...given, publishedOn: '2024-03-01' })
    expect(agreement!.dates).toMatchObject([{ event: 'signed', date: '2024-02-29' }])
  })

  test('finds the names that a body has now', async () => {
    const text = 'The Zubrowka Space Board and the Government of Peru signed an agreement on 3 May 2024.'
    expect((await draftOf({ text })).result).toBe('one_party')
    const zubrowka = { code: 'ZZ-ZUBROWKA', name: 'Zubrowka Space Board', kind: 'other' }
    await register.api.post('/v1/signatories').send(zubrowka).expect(201)
    const { agreement } = await draftOf({ text })
    expect(agreement!.signatories.map(({ signatory }) => signatory)).toEqual(['ZZ-ZUBROWKA', 'PE'])
  })
})

/** The rows of the tables in docs/drafts.md: field, what the texts say, what was found, what was wrong. */
const tables = readFileSync(new URL('../docs/drafts.md', import.meta.url), 'utf8')
  .split(/^## /m)
  .flatMap((part) => {
    const rows = [...part.matchAll(/^\| (\w+) +\| +(\d+) \| +(\d+) \| +(\d+) \|$/gm)]
    return rows.length > 0 ? [Object.fromEntries(rows.map(([, field, ...counts]) => [field, counts.map(Number)]))] : []
  })

async function counted(set: readonly Text[]): Promise<Record<Field, Count>> {
  const counts = noCounts()
  const faults: string[] = []
  for (const text of set) {
    const { name: _, right: __, ...given } = text
    faults.push(...countInto(counts, text, await draftOf(given)))
  }
  if (process.env['SHOW_FAULTS']) console.log(faults.join('\n'), JSON.stringify(counts))
  return counts
}

describe('the tables of docs/drafts.md', () => {
  test.each([
    ['texts', texts, 0],
    ['further texts', more, 1],
  ] as const)('have what is counted for the %s', async (_, set, number) => {
    const counts = await counted(set)
    const rows = fields.map((field) => [field, [counts[field].said, counts[field].found, counts[field].wrong]])
    expect(tables[number]).toEqual(Object.fromEntries(rows))
  })
})
