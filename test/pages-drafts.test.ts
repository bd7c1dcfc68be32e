import { beforeAll, describe, expect, test } from 'vitest'
import { type Piece, piecesOf } from '../src/pages/drafts/marks.ts'
import { loadSample } from '../src/programs/sample.ts'
import { asPasted, draftPages, fromPage, marksIn, paraphrase, seen } from './support/draft-pages.ts'
import { authHeader } from './support/keys.ts'
import { freshRegister, type Register } from './support/register.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  await loadSample(register.db, register.today())
})

const { send, read, saved } = draftPages(() => register)

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

describe('saved as a new agreement', () => {
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
