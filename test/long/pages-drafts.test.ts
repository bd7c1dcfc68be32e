import type { AddressInfo } from 'node:net'
import { parseHTML } from 'linkedom'
import type { Browser, Page } from 'playwright-core'
import type supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Piece, piecesOf } from '../../src/pages/drafts/marks.ts'
import { loadSample } from '../../src/programs/sample.ts'
import { type Draft, more, texts } from '../drafts/score.ts'
import { findings } from '../support/axe.ts'
import { host, installedBrowser, launchBrowser } from '../support/browser.ts'
import { fieldsIn } from '../support/forms.ts'
import { authHeader, keyTextOf } from '../support/keys.ts'
import { freshRegister, type Register } from '../support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, register.today())
})

/** What a browser sends that has a page of this server open. */
const fromPage = { host: 'register.test', origin: 'http://register.test' }

type Fields = Record<string, string>

const send = (path: string, fields: URLSearchParams | Fields, credential = authHeader('editor')) =>
  register.anonymous
    .post(path)
    .set({ ...fromPage, ...credential })
    .type('form')
    .send(new URLSearchParams(fields).toString())

/** The facts of the founding article, in other words. */
const paraphrase = {
  title: 'Seoul and Washington join forces in technology',
  publisher: 'Evening paper',
  url: 'https://example.org/seoul',
  publishedOn: '2019-11-02',
  text: `South Korea has entered a technology partnership with the US. Research is to deal with disasters such as fire, storms, flooding and earthquakes, and with infectious disease control.

The technology departments of both countries signed a memorandum of understanding on the 27th of October, 2019. For the US Department of Homeland Security (DHS) it is the 13th bilateral partnership, and the first since 2013.`,
}

/** A text as a person fills in the first form. */
const asPasted = ({ publishedOn, ...given }: Record<string, unknown>): Fields =>
  Object.fromEntries(
    Object.entries({ ...given, ...(publishedOn !== undefined && { publishedOn }) }).map(([name, value]) => [
      `read.${name}`,
      String(value),
    ]),
  )

/** A page as a person sees it. */
function seen({ text: html }: supertest.Response) {
  const { document } = parseHTML(html)
  const main = document.querySelector('main')!
  const fields = fieldsIn(document)
  return { document, main, fields, text: main.textContent.replaceAll(/\s+/g, ' ') }
}

const read = async (given: object, status = 200) => seen(await send('/drafts', asPasted({ ...given })).expect(status))

const draftOf = async (body: object): Promise<Draft> =>
  (await register.api.post('/v1/drafts').send(body).expect(200)).body as Draft

/** What a person sees to be marked: the words by the ids of the marks, without what they fill. */
function marksIn(document: Document): Map<string, string> {
  const marks = new Map<string, string>()
  for (const mark of document.querySelectorAll('mark[id]')) {
    const copy = mark.cloneNode(true) as Element
    for (const link of copy.querySelectorAll('.fills')) link.remove()
    marks.set(mark.id, copy.textContent)
  }
  return marks
}

/** The agreement of the page to which a form leads. */
async function saved(response: supertest.Response) {
  expect([response.status, response.text]).toEqual([303, ''])
  const path = response.headers['location']!.replace(/[?#].*/, '')
  return (await register.api.get(`/v1${path}`).expect(200)).body
}

const given = texts.concat(more).map(({ name, right, ...text }) => ({ name, right, text }))

describe('the page “From a text”', () => {
  test('asks a stranger to sign in, and refuses a reader', async () => {
    const { headers } = await register.anonymous.get('/drafts').expect(303)
    expect(headers['location']).toBe('/sign-in?to=%2Fdrafts')
    for (const path of ['/drafts', '/drafts/agreement']) {
      await send(path, asPasted(paraphrase), authHeader('reader')).expect(403)
      await register.anonymous.post(path).set(fromPage).type('form').send('a=b').expect(401)
      await register.api.post(path).set('host', 'register.test').type('form').send('a=b').expect(403)
    }
    await register.anonymous.get('/drafts').set(authHeader('reader')).expect(403)
    const form = seen(await register.anonymous.get('/agreements/new').set(authHeader('editor')).expect(200))
    expect(form.main.querySelector('a[href="/drafts"]')).not.toBeNull()
  })

  test('keeps what was typed when it refuses a text', async () => {
    const wrong = { 'read.text': ' ', 'read.url': 'example.org', 'read.publishedOn': 'soon', 'read.title': 'Title' }
    const { fields, document, text } = seen(await send('/drafts', wrong).expect(400))
    expect(Object.fromEntries(fields)).toMatchObject(wrong)
    expect(text).toContain('Not saved: correct 3 fields')
    for (const name of ['text', 'url', 'publishedOn']) {
      const control = document.querySelector(`[name="read.${name}"]`)!
      expect(control.getAttribute('aria-invalid')).toBe('true')
      expect(document.getElementById(control.getAttribute('aria-describedby')!.split(' ').at(-1)!)).not.toBeNull()
    }
    const control = seen(await send('/drafts', { 'read.text': 'Peru\0' }).expect(400))
    expect(control.text).toContain('no NUL character')
  })

  test('takes 200 kB of any script and no byte more', async () => {
    const end = ' Peru and Ecuador signed an agreement on 14 June 2023.'
    const text = '한'.repeat((200_000 - end.length) / 3) + end
    const whole = text.padEnd(text.length + 200_000 - Buffer.byteLength(text), '.')
    const { main, fields } = await read({ text: whole, language: 'English' })
    expect(fields.get('read.text')).toBe(whole)
    expect(fields.get('signed.date')).toBe('14 June 2023')
    expect(main.querySelector('div.words')!.textContent.startsWith('한한한')).toBe(true)
    const refused = await read({ text: `${whole}.`, title: 'Kept' }, 413)
    expect(refused.text).toContain('The text must be at most 200 kB; it has 201 kB.')
    expect(refused.fields.get('read.text')).toBe(`${whole}.`)
    expect(refused.fields.get('read.title')).toBe('Kept')
  })

  test('says that a text tells of no agreement, keeps it, and goes on by hand with the text as the source', async () => {
    const given = { text: 'Peru has signed an agreement with Atlantis.', title: 'Peru and Atlantis' }
    const answer = await read(given)
    expect(answer.text).toContain('names only one party that the register has')
    expect(answer.fields.get('read.text')).toBe(given.text)
    const form = seen(await send('/drafts', new URLSearchParams([...answer.fields, ['by-hand', 'yes']])).expect(200))
    expect(form.main.querySelector('div.words')!.textContent).toBe(given.text)
    const typed = { title: 'Agreement by hand', type: 'treaty', 'side1.0.party': 'Peru', 'side2.0.party': 'Bolivia' }
    for (const [name, value] of Object.entries(typed)) form.fields.set(name, value)
    form.fields.set('signed.date', '2021')
    expect(await saved(await send('/drafts/agreement', form.fields))).toMatchObject({
      sources: [{ key: 'article', title: given.title }],
      dates: [{ event: 'signed', date: '2021', source: 'article' }],
      signatories: [{ source: 'article' }, { source: 'article' }],
    })
  })

  test('says what the text does not say, and leads back to the text with all that was typed', async () => {
    const pasted = {
      title: 'Peru and Ecuador sign',
      publisher: 'Wire',
      text: 'Peru and Ecuador signed an agreement yesterday.',
    }
    const { text, fields, main } = await read(pasted)
    expect(text).toContain('Enter the day of its publication, from which it is counted.')
    expect(text).toContain('Side 1: Who signed for it: The text does not say who signed.')
    for (const link of main.querySelectorAll('ul a')) {
      expect(main.querySelector(link.getAttribute('href')!)).not.toBeNull()
    }
    const back = seen(await send('/drafts/agreement', new URLSearchParams([...fields, ['change', 'yes']])).expect(200))
    expect(Object.fromEntries(back.fields)).toMatchObject(asPasted(pasted))
    back.fields.set('read.publishedOn', '1 March 2024')
    expect(seen(await send('/drafts', back.fields)).fields.get('signed.date')).toBe('29 February 2024')
  })
})

describe('the words that values were read from', () => {
  test.each(given.filter(({ right }) => right !== null))(
    'are marked, and lead to their fields and back: $name',
    async ({ text: pasted }) => {
      const { document, main } = await read(pasted)
      const marks = marksIn(document)
      const { values } = await draftOf(pasted)
      const said = new Set(values.map(({ evidence }) => evidence.words))
      for (const words of said) expect([...marks.values()].filter((one) => words.startsWith(one))).not.toEqual([])
      const links = [...document.querySelectorAll('.fills a')]
      expect(links.length).toBe(values.length)
      for (const link of links) {
        const field = document.getElementById(link.getAttribute('href')!.slice(1))!
        const label = document.querySelector(`label[for="${field.id}"]`)!.textContent.trim()
        expect(link.textContent.endsWith(label)).toBe(true)
        const about = document.getElementById(`${field.id}-read`)!
        expect(field.getAttribute('aria-describedby')).toContain(about.id)
        const number = link.parentElement!.querySelector('b')!.textContent
        const back = about.querySelector(`a[href="#words-${number}"]`)!
        expect(back.textContent).toBe(`Words ${number}`)
        expect(back.parentElement!.textContent).toMatch(/\((?:stated|from the context|only probable)\)/)
      }
      for (const id of marks.keys()) expect(main.querySelector(`[id="${id}"]`)).not.toBeNull()
    },
  )

  test('are those of the text of HTML, and are shown as text whatever they are', async () => {
    const text =
      '<p>🇵🇪 Per&uacute; &amp; \u202e<b>Ecu</b>ador &lt;script&gt;alert(1)&lt;/script&gt; signed an agreement\u2066<br>on 14 June 2023.</p><script>alert(2)</script><img src=x onerror=alert(3)>'
    const title = '<i>Peru</i> "and" Ecuador\' sign'
    const { document, main, fields } = await read({ text, title })
    const marks = [...marksIn(document).values()]
    for (const link of main.querySelectorAll('.fills')) link.remove()
    const shown = main.querySelector('div.words')!
    expect(main.querySelector('.read')!.querySelector('script, img, b, i')).toBeNull()
    expect(shown.textContent).toBe(
      '🇵🇪 Perú & \u202eEcuador <script>alert(1)</script> signed an agreement\u2066 on 14 June 2023.',
    )
    expect(main.querySelector('.title')!.textContent).toContain(title)
    expect(marks).toEqual(expect.arrayContaining(['Perú', 'Ecuador', 'on 14 June 2023']))
    expect(fields.get('read.text')).toBe(text)
    expect(fields.get('side1.0.party')).toBe('Peru (PE)')
    expect(fields.get('signed.date')).toBe('14 June 2023')
  })

  test('are in two parts where others end within them', () => {
    const at = { in: 'text' as const, words: '', fills: [] }
    const marks = [
      { ...at, number: 1, start: 1, end: 4 },
      { ...at, number: 2, start: 2, end: 6 },
    ]
    const outline = (pieces: Piece[]): string =>
      pieces
        .map((piece) => {
          if (typeof piece === 'string') return piece
          const { mark, isFirst, isLast, pieces: inner } = piece
          return `${isFirst ? '<' : '('}${mark.number}:${outline(inner)}${isLast ? '>' : ')'}`
        })
        .join('')
    expect(outline(piecesOf('abcdefg', marks))).toBe('a<1:b<2:cd)>(2:ef>g')
  })

  test('may be within others', async () => {
    const text =
      'Peru and Ecuador signed an agreement on 14 June 2023. For the Department of Homeland Security it is the 13th bilateral agreement, and the first since 2013.'
    const { document } = await read({ text })
    expect(document.querySelectorAll('mark[id]').length).toBeGreaterThan(3)
    const shown = document.querySelector('div.words')!
    for (const link of shown.querySelectorAll('.fills')) link.remove()
    expect(shown.textContent).toBe(text)
  })
})

/** What an agreement is, without what each one has of its own. */
function contentOf(agreement: Record<string, unknown>): object {
  const { id: _, createdAt: __, updatedAt: ___, signatories, dates, ...content } = agreement
  const bare = (list: unknown) => (list as { id: string }[]).map(({ id: _, ...item }) => item)
  return { ...content, signatories: bare(signatories), dates: bare(dates) }
}

describe('the forms', () => {
  test('take any text in any field without failing', async () => {
    const { fields } = await read(paraphrase)
    const { id } = (await register.api.get('/v1/agreements/DHS-ST-2019-KR').expect(200)).body
    for (const text of ['\0', '\u202e% (SE)', '(\u{1f525}', 'x'.repeat(5000)]) {
      const pasted = Object.fromEntries(
        [...fields.keys()].filter((name) => name.startsWith('read.')).map((name) => [name, text]),
      )
      const hostile = new URLSearchParams(
        [...fields].map(([name, value]) => [name, name.startsWith('read.') ? value : text]),
      )
      const known = new URLSearchParams(hostile)
      known.set(`add.${id}`, 'signed.date')
      known.set('known', id)
      known.set(`version.${id}`, '1')
      const statuses = [
        (await send('/drafts', pasted)).status,
        (await send('/drafts/agreement', new URLSearchParams(pasted))).status,
        (await send('/drafts/agreement', hostile)).status,
        (await send('/drafts/agreement', known)).status,
        (await send('/drafts/agreement', new URLSearchParams([...known, [`version.${id}`, text]]))).status,
        (await send('/drafts/agreement', new URLSearchParams([...hostile, ['more', text]]))).status,
      ]
      expect([text.slice(0, 9), ...statuses]).toEqual([text.slice(0, 9), 400, 400, 400, 400, 400, 200])
    }
    await register.api.post('/drafts').set(fromPage).send(paraphrase).expect(415)
    await send('/drafts', { 'read.text': 'x'.repeat(1280 * 1024) }).expect(413)
  })
})

describe('saved as a new agreement', () => {
  test.each(given.filter(({ right }) => right !== null))(
    'a text is the agreement that the API makes of its draft: $name',
    async ({ text: pasted }) => {
      const { agreement } = await draftOf(pasted)
      const { body } = await register.api.post('/v1/agreements').send(agreement!).expect(201)
      const { fields } = await read(pasted)
      const response = await send('/drafts/agreement', new URLSearchParams([...fields, ['anyway', 'yes']]))
      expect(contentOf(await saved(response))).toEqual(contentOf(body))
    },
  )

  test('it has the corrections of the editor, and shows text and marks again while something is wrong', async () => {
    const { fields } = await read({ ...paraphrase, text: paraphrase.text.replace('South Korea', 'Peru') })
    fields.set('side1.0.person', 'Ana Example')
    fields.set('signed.date', 'soon')
    const again = seen(await send('/drafts/agreement', fields).expect(400))
    expect(again.text).toContain('Not saved: correct one field')
    expect(again.fields.get('side1.0.person')).toBe('Ana Example')
    expect(again.document.querySelectorAll('mark[id]').length).toBeGreaterThan(3)
    const row = new URLSearchParams([...again.fields, ['more', 'dates']])
    const longer = seen(await send('/drafts/agreement', row).expect(200))
    expect(longer.fields.get('dates.0.event')).toBe('')
    longer.fields.set('signed.date', '1 November 2019')
    const agreement = await saved(await send('/drafts/agreement', longer.fields))
    expect(agreement).toMatchObject({
      dates: [{ event: 'signed', date: '2019-11-01', source: 'evening-paper' }],
      sources: [{ key: 'evening-paper', title: paraphrase.title, url: paraphrase.url, publishedOn: '2019-11-02' }],
    })
    expect(agreement.signatories[0].representative).toEqual({ name: 'Ana Example', office: null })
  })

  test('it is asked about when the register has probably the same, and is saved once', async () => {
    const pasted = { text: 'Chile and Norway signed a treaty on fisheries in Oslo on 3 May 2001.' }
    const first = (await read(pasted)).fields
    const { id } = await saved(await send('/drafts/agreement', first))
    expect((await saved(await send('/drafts/agreement', first))).id).toBe(id)
    for (const one of [pasted, { text: pasted.text.replace('3 May', '9 May').replace('fisheries', 'ice') }]) {
      const { text, main, fields } = seen(await send('/drafts/agreement', (await read(one)).fields).expect(409))
      expect(text).toContain('the register may have it already')
      expect(main.querySelector(`[role=alert] a[href="/agreements/${id}"]`)).not.toBeNull()
      await saved(await send('/drafts/agreement', new URLSearchParams([...fields, ['anyway', 'yes']])))
    }
  })
})

describe('added to an agreement of the register', () => {
  const memorandum = 'DHS-ST-2019-KR'
  const stored = async (handle = memorandum) => (await register.api.get(`/v1/agreements/${handle}`).expect(200)).body

  /** The form of a text, and of the agreement that it may be of. */
  async function opened(pasted: object, handle = memorandum) {
    const page = await read(pasted)
    const { id } = await stored(handle)
    return { ...page, id, box: page.document.querySelector(`button[value="${id}"]`)?.closest('.known') }
  }

  const adding = (id: string, fields: URLSearchParams) =>
    send('/drafts/agreement', new URLSearchParams([...fields, ['known', id]]))

  test('a day of a known act is a competing date with the text as its source', async () => {
    const { id, fields, box } = await opened(paraphrase)
    const row = box!.querySelector('tbody tr')!.textContent
    expect(box!.textContent).toContain('Probably the same agreement.')
    expect(row).toContain('27 October 2019')
    expect(row).toContain('23 October 2019, Daejeon (preferred; 과기부')
    expect(row).toContain('As a competing date')
    const before = await stored()
    const response = await adding(id, fields)
    expect(response.headers['location']).toBe(`/agreements/${memorandum}?done=changed#dates`)
    const after = await saved(response)
    expect(after.dates).toHaveLength(before.dates.length + 1)
    expect(after.dates).toContainEqual(
      expect.objectContaining({ event: 'signed', date: '2019-10-27', preferred: false, source: 'evening-paper' }),
    )
    expect(after.dates.filter(({ preferred }: { preferred: boolean }) => preferred)).toMatchObject([
      { date: '2019-10-23' },
    ])
    const { text: _, ...source } = paraphrase
    expect(after.sources).toContainEqual(expect.objectContaining({ key: 'evening-paper', ...source, language: 'en' }))
    expect(after.signatories).toEqual(before.signatories)
    const again = await opened(paraphrase)
    expect(again.text).toContain('The register has this day from this text already.')
    expect(again.box ?? null).toBeNull()
  })

  test('is what the editor has corrected and chosen: dates and claims', async () => {
    const dates = [{ event: 'signed', date: '2011-02-03' }]
    const signatories = [
      { side: 1, signatory: 'PE' },
      { side: 2, signatory: 'EC' },
    ]
    const known = { reference: 'DRAFT-PE-EC', title: 'Agreement on floods', type: 'agreement', signatories, dates }
    await register.api.post('/v1/agreements').send(known).expect(201)
    const pasted = {
      text: 'Peru and Ecuador signed an agreement on floods in Lima on 5 February 2011. It entered into force on 1 June 2011. For Peru it is the 2nd bilateral partnership.',
      publisher: 'Gazette',
    }
    const { id, fields, box } = await opened(pasted, 'DRAFT-PE-EC')
    expect(box!.textContent).toContain('No date of this act.')
    const choices = [...box!.querySelectorAll('input[type=checkbox]')].map((one) => one.getAttribute('value')!)
    expect(choices).toEqual(['signed.date', 'inForce.date', 'claims.0.statement'])
    fields.set('signed.date', '6 February 2011')
    fields.set('title', '')
    fields.append(`add.${id}`, 'claims.0.statement')
    const after = await saved(await adding(id, fields))
    expect(after).toMatchObject({
      title: 'Agreement on floods',
      dates: [
        { event: 'signed', date: '2011-02-03', preferred: true, source: null },
        { event: 'signed', date: '2011-02-06', place: 'Lima', preferred: false, source: 'gazette' },
        { event: 'entered_into_force', date: '2011-06-01', preferred: true, source: 'gazette' },
      ],
      claims: [{ statement: 'It is the 2nd bilateral of Peru.', source: 'gazette', assessment: 'unverified' }],
      version: 2,
    })
  })

  test('says at its field what is wrong, and asks to choose', async () => {
    const { id, fields } = await opened({ ...paraphrase, publisher: 'Weekly', title: 'Another text' })
    const wrong = new URLSearchParams(fields)
    wrong.set('signed.date', 'soon')
    const refused = seen(await adding(id, wrong).expect(400))
    const control = refused.document.querySelector('[name="signed.date"]')!
    expect(control.getAttribute('aria-invalid')).toBe('true')
    expect(refused.fields.get('signed.date')).toBe('soon')
    const none = new URLSearchParams(fields)
    none.delete(`add.${id}`)
    expect(seen(await adding(id, none).expect(400)).text).toContain('Choose what to add to this agreement.')
    const untitled = new URLSearchParams(fields)
    for (const field of ['title', 'publisher', 'url', 'publishedOn', 'quote']) untitled.set(`sources.0.${field}`, '')
    expect(seen(await adding(id, untitled).expect(422)).text).toContain('Source 1: Title of the source: Must be given.')
    for (const other of ['01890000-0000-7000-8000-00000000dead', 'nothing']) {
      expect(seen(await adding(other, fields).expect(404)).text).toContain('no longer in the register')
    }
  })

  test('is shown beside what others have changed meanwhile of the same act, and not after a change of another part', async () => {
    const signatories = [
      { side: 1, signatory: 'PE' },
      { side: 2, signatory: 'BO' },
    ]
    const dates = [{ event: 'signed', date: '1999-03-04' }]
    const reference = 'DRAFT-PE-BO'
    const known = { reference, title: 'Agreement on lakes', type: 'agreement', signatories, dates }
    await register.api.post('/v1/agreements').send(known).expect(201)
    const pasted = (day: number, publisher: string) => ({
      publisher,
      text: `Peru and Bolivia signed an agreement on lakes on ${day} March 1999.`,
    })
    const [mine, late] = [await opened(pasted(5, 'Mine'), reference), await opened(pasted(6, 'Late'), reference)]
    await register.api.post(`/v1/agreements/${reference}/sources`).send({ title: 'Other part' }).expect(201)
    await saved(await adding(mine.id, mine.fields))
    const refused = seen(await adding(late.id, late.fields).expect(409))
    expect(refused.text).toContain('the agreement was changed while you read the text')
    expect(refused.text).toContain('Test editor')
    expect(refused.text).toContain('5 March 1999 (Peru and Bolivia signed an agreement')
    const after = await saved(await adding(late.id, refused.fields))
    expect(after.dates.map(({ date }: { date: string }) => date)).toEqual(['1999-03-04', '1999-03-05', '1999-03-06'])
    const twice = await adding(late.id, refused.fields)
    expect((await saved(twice)).version).toBe(after.version)
  })

  test('is compared with the parties that the editor has corrected', async () => {
    const { fields, text } = await read({ text: 'Peru and Chile signed an agreement on floods on 3 February 2011.' })
    expect(text).not.toContain('Agreement on floods')
    fields.set('side2.0.party', 'Ecuador')
    const again = seen(await send('/drafts/agreement', new URLSearchParams([...fields, ['again', 'yes']])).expect(200))
    expect(again.text).toContain('Agreement on floods')
    expect(again.fields.get('side2.0.party')).toBe('Ecuador')
  })
})

if (!installedBrowser) {
  process.stdout.write(
    'Drafts are not tested in a browser: no Chromium was found. Install one, or name one in CHROMIUM.\n',
  )
}

describe.skipIf(!installedBrowser)('in a browser', () => {
  let browser: Browser
  let origin: string
  beforeAll(async () => {
    await register.app.listen({ host: '127.0.0.1', port: 0 })
    origin = `http://${host}:${(register.app.server.address() as AddressInfo).port}`
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  interface Opened {
    width?: number
    colorScheme?: 'light' | 'dark'
    javaScriptEnabled?: boolean
  }

  async function open({ width = 1280, colorScheme = 'light', javaScriptEnabled = true }: Opened = {}) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled })
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    await page.goto(`${origin}/sign-in`)
    await page.getByLabel('API key').fill(keyTextOf('editor'))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('link', { name: 'From a text' }).click()
    await page.getByRole('heading', { name: 'From a text' }).waitFor()
    const said: string[] = []
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    return { page, said, close: () => context.close() }
  }

  async function paste(page: Page, given: { text: string; title?: string; publisher?: string }) {
    await page.getByLabel('Text', { exact: true }).fill(given.text)
    if (given.title) await page.getByLabel('Title of the text').fill(given.title)
    if (given.publisher) await page.getByLabel('Publisher').fill(given.publisher)
    await page.getByRole('button', { name: 'Read the text', exact: true }).last().click()
    await page.getByRole('heading', { name: 'New agreement' }).waitFor()
  }

  const isWider = 'document.documentElement.scrollWidth > innerWidth'

  test.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)('axe finds nothing serious at a width of %i pixels, %s', async (width, colorScheme) => {
    const { page, said, close } = await open({ width, colorScheme })
    expect(await findings(page)).toEqual([])
    await paste(page, { ...paraphrase, publisher: `Paper ${width}` })
    expect(await findings(page)).toEqual([])
    expect(await page.evaluate(isWider)).toBe(false)
    await page.getByLabel('Signed on').fill('soon')
    await page.getByRole('button', { name: 'Save as a new agreement' }).last().click()
    await page.getByText('Not saved').waitFor()
    expect(await findings(page)).toEqual([])
    expect(said.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([])
    await close()
  })

  test.each([true, false])('a click goes from a field to its words and back, script: %s', async (on) => {
    const { page, said, close } = await open({ javaScriptEnabled: on })
    await paste(page, paraphrase)
    const about = page.locator('#field-signed-date-read')
    expect(await about.innerText()).toContain('“27th of October, 2019” (stated)')
    await about.getByRole('link').click()
    const target = page.locator('mark:target')
    expect(await target.innerText()).toBe('27th of October, 2019')
    expect(await target.isVisible()).toBe(true)
    await page.locator('.fills').getByRole('link', { name: 'Signed on' }).click()
    expect(await page.locator('input:target').inputValue()).toBe('27 October 2019')
    expect(said).toEqual([])
    await close()
  })

  test('a competing date is saved by a paste and two clicks', async () => {
    const { page, said, close } = await open()
    await paste(page, { ...paraphrase, title: 'Pasted in a browser' })
    await page.getByRole('button', { name: 'Add to this agreement' }).first().click()
    await page.getByText('The change was saved.').waitFor()
    const row = page.getByRole('row', { name: /27 October 2019.*Pasted in a browser/ })
    expect(await row.innerText()).toContain('No')
    expect(said).toEqual([])
    await close()
  })
})
