import { parseHTML } from 'linkedom'
import type supertest from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import { fieldsIn } from './support/forms.ts'
import { anAgreement, freshRegister, type Register } from './support/register.ts'
import { authHeader } from './support/keys.ts'

let register: Register
beforeAll(async () => {
  register = await freshRegister()
  const homeland = {
    code: 'US-DHS',
    name: 'Department of Homeland Security',
    kind: 'agency',
    parent: 'US',
    aliases: ['DHS'],
  }
  await register.api.post('/v1/signatories').send(homeland).expect(201)
})

type Fields = Record<string, string>

const documentOf = ({ text }: supertest.Response) => parseHTML(text).document

const linksOf = (document: Document) =>
  new Map([...document.querySelectorAll('main a')].map((link) => [link.textContent, link.getAttribute('href')!]))

/** A form as a browser opens it: what its fields have. */
async function opened(path: string): Promise<Fields> {
  const response = await register.api.get(path).expect(200)
  return fieldsOf(documentOf(response))
}

const fieldsOf = (document: Document): Fields => Object.fromEntries(fieldsIn(document))

/** What a browser sends that has a page of this server open. */
const fromPage = { host: 'register.test', origin: 'http://register.test' }

const send = (path: string, fields: Fields) => register.api.post(path).set(fromPage).type('form').send(fields)

/** What a page says, its errors by the label of their field, and the fields of its form. */
function shown(response: supertest.Response) {
  const document = documentOf(response)
  const errors: Fields = {}
  for (const control of document.querySelectorAll('[aria-invalid=true]')) {
    const label = document.querySelector(`label[for="${control.id}"]`)!.textContent
    const described = control.getAttribute('aria-describedby')!.split(' ')
    const error = document.getElementById(described.find((id) => id.endsWith('-error'))!)!
    errors[label] = error.textContent.trim()
  }
  const main = document.querySelector('main')!
  return { errors, text: main.textContent.replaceAll(/\s+/g, ' '), fields: fieldsOf(document), document }
}

/** The agreement of the page to which a form leads. */
async function saved(response: supertest.Response) {
  expect([response.status, response.text]).toEqual([303, ''])
  const path = response.headers['location']!.replace(/\?.*/, '')
  const { body } = await register.api.get(`/v1${path}`).expect(200)
  return body
}

const sweden = {
  title: 'Agreement on cooperation in fire research',
  type: 'agreement',
  'side1.0.party': 'Schweden',
  'side2.0.party': 'Singapore',
  'signed.date': '3 March 2024',
  'signed.place': 'Stockholm',
  entry: 'signature',
  length: 'five years',
  atEnd: 'renews',
  renewal: 'yearly',
  notice: 'three months',
  'sources.0.title': 'Press release',
  note: 'From the press release',
}

describe('the form for a new agreement', () => {
  test('adds the agreement of Sweden and Singapore in words', async () => {
    const form = await opened('/agreements/new')
    const response = await send('/agreements/new', { ...form, ...sweden })
    const agreement = await saved(response)
    expect(agreement).toMatchObject({
      title: sweden.title,
      binding: 'unknown',
      status: 'in_force',
      statusSince: '2024-03-03',
      nextExpiry: '2029-03-03',
      noticeDeadline: '2028-12-03',
      entryIntoForce: { on: 'signature', delay: null },
      term: { length: 'P5Y', atEnd: 'renews', renewal: { length: 'P1Y', notice: 'P3M' }, exit: null },
      parties: [{ code: 'SE' }, { code: 'SG' }],
      dates: [{ event: 'signed', date: '2024-03-03', place: 'Stockholm', source: 'press-release' }],
      sources: [{ key: 'press-release', title: 'Press release' }],
    })
    const { text } = shown(await register.api.get(response.headers['location']!).expect(200))
    expect(text).toContain('The agreement was added.')
    expect(text).toContain(
      'It runs 5 years from the entry into force. Then it renews itself by 1 year unless notice is given 3 months',
    )
  })

  test('says beside each field what is wrong, and loses nothing that was typed', async () => {
    const form = await opened('/agreements/new')
    const typed = {
      ...form,
      ...sweden,
      title: '',
      type: '',
      'side2.0.party': '',
      'signed.date': '31 June',
      notice: 'soon',
    }
    const response = await send('/agreements/new', typed)
    expect(response.status).toBe(400)
    const { errors, text, fields, document } = shown(response)
    expect(errors).toEqual({
      Title: 'Must be given.',
      Type: 'Choose one.',
      'Country or organization': 'Must be given.',
      'Signed on': 'Must be a day such as 3 March 2024, a month such as March 2024, or a year.',
      'Notice against the renewal, at the latest': 'Must be a time such as 5 years, 18 months or 90 days.',
    })
    expect(text).toContain('Not saved: correct 5 fields')
    expect(fields).toEqual(typed)
    for (const link of document.querySelectorAll('[role=alert] a')) {
      expect(document.getElementById(link.getAttribute('href')!.slice(1))).not.toBeNull()
    }
    await saved(
      await send('/agreements/new', {
        ...fields,
        ...sweden,
        title: 'Another agreement on fire research',
        'signed.date': '2019',
      }),
    )
  })

  test('asks which entry a name means, and takes the choice', async () => {
    const form = await opened('/agreements/new')
    const typed = {
      ...form,
      ...sweden,
      title: 'Agreement on floods',
      'side1.0.party': 'Swedn',
      'side2.0.party': 'Nowhere at all',
    }
    const response = await send('/agreements/new', typed)
    expect(response.status).toBe(422)
    const { errors, document } = shown(response)
    expect(errors).toEqual({ 'Country or organization': 'Nothing in the registry has this name.' })
    const choices = [...document.querySelectorAll('[name="side1.0.party.choice"]')].map((one) =>
      one.getAttribute('value'),
    )
    expect(choices).toContain('SE')
    const chosen = {
      ...shown(response).fields,
      'side1.0.party.choice': 'SE',
      'side2.0.party': 'FI',
      'signed.date': '1990',
    }
    expect(await saved(await send('/agreements/new', chosen))).toMatchObject({
      parties: [{ code: 'SE' }, { code: 'FI' }],
    })
  })

  test('takes several signatories of a side, each with the body that signed for it', async () => {
    const form = await opened('/agreements/new')
    const typed = {
      ...form,
      title: 'Memorandum on research',
      type: 'memorandum_of_understanding',
      'side1.0.party': 'United States (US)',
      'side1.0.body': 'DHS',
      'side2.0.party': 'Japan',
    }
    const { fields, text } = shown(await send('/agreements/new', { ...typed, more: 'side2' }).expect(200))
    expect(text).not.toContain('Not saved')
    expect(fields['side2.1.party']).toBe('')
    const more = { ...fields, 'side2.1.party': 'Japan', 'side2.1.role': 'witnessed' }
    const agreement = await saved(await send('/agreements/new', more))
    expect(agreement.signatories).toMatchObject([
      { side: 1, signatory: { code: 'US-DHS' }, party: { code: 'US' }, role: 'signed' },
      { side: 2, signatory: { code: 'JP' }, role: 'signed' },
      { side: 2, signatory: { code: 'JP' }, role: 'witnessed' },
    ])
  })

  test('adds a body that the registry lacks, with the agreement or not at all', async () => {
    const form = await opened('/agreements/new')
    const name = 'Institute for Tunnel Fires'
    const typed = { ...form, ...sweden, title: 'Agreement on tunnels', 'side1.0.body': name, 'signed.date': '1999' }
    const unknown = await send('/agreements/new', typed)
    expect([unknown.status, shown(unknown).errors]).toEqual([
      422,
      { 'Body that signed for it': 'No body of this party has this name. Add it below, or write another name.' },
    ])
    const known = async () => (await register.api.get(`/v1/signatories?q=${name}`).expect(200)).body.items
    const adding: Fields = { ...shown(unknown).fields, 'side1.0.body.choice': 'add' }
    const shared = await send('/agreements/new', { ...adding, 'side2.0.party': 'Sweden' })
    expect(shared.status).toBe(422)
    expect(await known()).toEqual([])
    expect(shown(shared).fields).toMatchObject({ 'side1.0.body': name, 'side1.0.body.choice': 'add' })
    const agreement = await saved(await send('/agreements/new', adding))
    expect(agreement.signatories[0]).toMatchObject({ signatory: { name }, party: { code: 'SE' } })
    expect(await known()).toMatchObject([{ name, kind: 'agency', parent: { code: 'SE' } }])
  })

  test('adds an agreement once, however often the form is sent, also at the same time', async () => {
    const form: Fields = {
      ...(await opened('/agreements/new')),
      ...sweden,
      title: 'Agreement that is sent twice',
      'signed.date': '1971',
    }
    const [one, other] = await Promise.all([send('/agreements/new', form), send('/agreements/new', form)])
    const again = await send('/agreements/new', form)
    expect([one.status, other.status, again.status]).toEqual([303, 303, 303])
    expect(new Set([one, other, again].map(({ headers }) => headers['location'])).size).toBe(1)
    const { body } = await register.api.get('/v1/agreements?q="sent twice"').expect(200)
    expect(body.items).toHaveLength(1)
    const changed = await send('/agreements/new', { ...form, title: 'Agreement that is changed after it was sent' })
    expect(changed.status).toBe(409)
    expect(shown(changed).text).toContain('This form has been saved before.')
    expect(shown(changed).fields['token']).not.toBe(form['token'])
  })

  test('tells what is probably the same before it saves, and saves anyway if told so', async () => {
    const title = 'Agreement on the exchange of firefighters'
    const form = { ...(await opened('/agreements/new')), ...sweden, title, 'signed.date': '1985-05-02' }
    const first = await saved(await send('/agreements/new', form))
    const second = { ...(await opened('/agreements/new')), ...sweden, title, 'signed.date': '2 May 1985' }
    const response = await send('/agreements/new', second)
    expect(response.status).toBe(409)
    const { text, document, fields } = shown(response)
    expect(text).toContain('The titles are the same.')
    expect(document.querySelector(`[role=alert] a[href="/agreements/${first.id}"]`)).not.toBeNull()
    const count = async () => (await register.api.get('/v1/agreements?q=firefighters').expect(200)).body.items.length
    expect(await count()).toBe(1)
    await saved(await send('/agreements/new', { ...fields, anyway: 'yes' }))
    expect(await count()).toBe(2)
  })

  test('is for editors, and takes only forms', async () => {
    await register.anonymous.get('/agreements/new').expect(303)
    await register.anonymous.post('/agreements/new').set(fromPage).type('form').send(sweden).expect(401)
    await register.anonymous.get('/names/signatory?q=swe').set(authHeader('reader')).expect(403)
    await register.api.post('/agreements/new').set(fromPage).send(anAgreement()).expect(415)
    const page = await register.api.get('/agreements/new').expect(200)
    expect(page.headers['content-security-policy']).toContain("script-src 'self';connect-src 'self'")
    expect(page.headers['cache-control']).toMatch(/no-cache$/)
    expect((await register.anonymous.get('/agreements')).headers['content-security-policy']).not.toContain('script-src')
  })

  test('takes any text in any field without failing', async () => {
    const form = await opened('/agreements/new')
    for (const text of ['\0', '\u202e% (SE)', 'x'.repeat(5000)]) {
      const all = Object.fromEntries(Object.keys(form).map((name) => [name, text]))
      const { status } = await send('/agreements/new', {
        ...all,
        'side1.0.party.choice': text,
        'side1.0.party.asked': text,
      })
      expect([text.slice(0, 20), status]).toEqual([text.slice(0, 20), 400])
    }
    await send('/agreements/new', {
      'sources.99999999999.title': 'x',
      'sources.-1.title': 'x',
      more: '__proto__',
    }).expect(200)
  })
})

test('names are looked up in any language, bodies under their party', async () => {
  const found = async (query: string) => (await register.api.get(`/names/${query}`).expect(200)).body
  expect(await found('signatory?q=Schweden')).toContainEqual({ value: 'Sweden (SE)', note: 'State' })
  const bodies: { note: string }[] = await found('body?q=homeland&party=United%20States')
  expect(bodies).toContainEqual({ value: 'Department of Homeland Security (US-DHS)', note: expect.any(String) })
  expect(await found('body?q=homeland&party=Japan')).toEqual([])
  expect(await found('domain?q=civil')).toContainEqual({
    value: 'Civil engineering (ford:2.1)',
    note: expect.any(String),
  })
  expect(await found('collection?q=nothing')).toEqual([])
})

describe('the forms of an agreement', () => {
  let count = 0

  /** A new agreement with a source, and the addresses of its parts as a person finds them. */
  async function added(over: object = {}) {
    count += 1
    const reference = `FORM-${count}`
    const sources = [{ key: 'letter', title: 'Letter', publishedOn: '2019-04' }]
    const given = anAgreement({ reference, title: `Agreement ${count} on forms`, sources, ...over })
    const { body } = await register.api.post('/v1/agreements').send(given).expect(201)
    const { document, text } = shown(await register.api.get(`/agreements/${reference}/edit`).expect(200))
    const links = linksOf(document)
    return { id: body.id as string, reference, text, links, at: (name: string) => links.get(name)! }
  }

  const read = async (id: string) => (await register.api.get(`/v1/agreements/${id}`).expect(200)).body
  const latest = async (id: string) =>
    (await register.api.get(`/v1/agreements/${id}/versions`).expect(200)).body.items[0]

  test('correct a date, and the page says who changed what from what to what, and why', async () => {
    const { id, reference, at } = await added()
    const path = at('Signed, 5 March 2019')
    const form = await opened(path)
    expect(form).toMatchObject({ event: 'signed', date: '5 March 2019', place: '' })
    const response = await send(path, { ...form, date: '6 March 2019', place: 'Oslo', note: 'Misread' }).expect(303)
    expect(response.headers['location']).toBe(`/agreements/${reference}?done=changed#dates`)
    const { text } = shown(await register.api.get(`/agreements/${reference}?done=changed`).expect(200))
    expect(text).toContain('The change was saved.')
    expect(text).toContain('by Test admin (key TestKeyadmin): Misread')
    expect(text).toContain('date: from “5 March 2019” to “6 March 2019”')
    expect(text).toContain('place: from nothing to “Oslo”')
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7|\{"/)
    expect(await latest(id)).toMatchObject({ note: 'Misread', version: 2 })
    const same = await send(path, await opened(path)).expect(303)
    expect(same.headers['location']).toContain('done=unchanged')
    expect(await latest(id)).toMatchObject({ version: 2 })
  })

  test('add a date beside another, prefer it, and remove the other', async () => {
    const { id, at, reference } = await added()
    const form = await opened(at('Add a date'))
    await send(at('Add a date'), { ...form, event: 'signed', date: '7 March 2019', source: 'letter' }).expect(303)
    const dates = async () =>
      (await read(id)).dates.map(({ date, preferred, source }: Record<string, unknown>) => [date, preferred, source])
    expect(await dates()).toEqual([
      ['2019-03-05', true, null],
      ['2019-03-07', false, 'letter'],
    ])
    const { document } = shown(await register.api.get(`/agreements/${reference}/edit`))
    const path = [...document.querySelectorAll('main a')]
      .find(({ textContent }) => textContent.includes('7 March'))!
      .getAttribute('href')!
    await send(path, { ...(await opened(path)), preferred: 'yes' }).expect(303)
    expect(await dates()).toEqual([
      ['2019-03-05', false, null],
      ['2019-03-07', true, 'letter'],
    ])
    const first = at('Signed, 5 March 2019')
    await send(first, { ...(await opened(first)), remove: 'yes' }).expect(303)
    expect(await dates()).toEqual([['2019-03-07', true, 'letter']])
  })

  test('change its own fields, and keep what the form does not show', async () => {
    const renewal = { length: 'P1Y6M' }
    const term = { length: 'P5Y', sunset: 'P1Y', renewal, atEnd: 'renews', runsFrom: '2019-10-23' }
    const claims = [{ statement: 'It was the first.' }]
    const { id, at } = await added({ term, claims, languages: ['ja'], entryIntoForce: { on: 'signature' } })
    const path = at('Change its title, type, entry into force and term')
    const form = await opened(path)
    expect(form).toMatchObject({
      entry: 'signature',
      length: '5 years',
      renewal: 'P1Y6M',
      languages: 'ja',
      binding: 'unknown',
    })
    const typed = { ...form, type: 'treaty', languages: 'English, Japanese', exitNotice: 'six months', collection: '' }
    await send(path, typed).expect(303)
    expect(await read(id)).toMatchObject({
      type: 'treaty',
      languages: ['en', 'ja'],
      claims,
      term: {
        length: 'P5Y',
        sunset: 'P1Y',
        runsFrom: '2019-10-23',
        renewal: { length: 'P1Y6M', notice: null },
        exit: { notice: 'P6M', from: 'any' },
      },
    })
    const wrong = await send(path, { ...(await opened(path)), title: '', length: 'long', reference: 'a b' })
    expect(wrong.status).toBe(400)
    expect(Object.keys(shown(wrong).errors)).toEqual(['Title', 'Reference', 'Runs for'])
    expect(shown(wrong).fields).toMatchObject({ length: 'long', reference: 'a b' })
  })

  test('show both versions when others have changed the same, and save mine over it', async () => {
    const { id, at } = await added()
    const path = at('Signed, 5 March 2019')
    const mine = { ...(await opened(path)), date: '8 March 2019' }
    await send(path, { ...(await opened(path)), date: '9 March 2019', place: 'Bern', note: 'From the gazette' }).expect(
      303,
    )
    const response = await send(path, mine)
    expect(response.status).toBe(409)
    const { text, fields, document } = shown(response)
    expect(text).toContain('this was changed while you edited it')
    expect(text).toContain('From the gazette')
    expect(text).toContain('Test admin')
    const rows = [...document.querySelectorAll('[role=alert] tbody tr')].map((row) =>
      [...row.children].map((cell) => cell.textContent),
    )
    expect(rows).toEqual([
      ['Day', '8 March 2019', '9 March 2019'],
      ['Place', '(empty)', 'Bern'],
    ])
    await send(path, { ...fields, place: 'Bern' }).expect(303)
    expect((await read(id)).dates).toMatchObject([{ date: '2019-03-08', place: 'Bern' }])
  })

  test('are not in conflict when others have changed another part', async () => {
    const { id, at } = await added()
    const path = at('Signed, 5 March 2019')
    const mine = { ...(await opened(path)), place: 'Kyoto' }
    await send(at('Letter'), { ...(await opened(at('Letter'))), publisher: 'Archive' }).expect(303)
    await send(path, mine).expect(303)
    expect(await read(id)).toMatchObject({ dates: [{ place: 'Kyoto' }], sources: [{ publisher: 'Archive' }] })
  })

  test('change the agreement that was opened, also when others have given its reference to another one meanwhile', async () => {
    const { id, reference, at } = await added()
    const [date, deletion] = [at('Add a date'), at('Delete this agreement')]
    const opens = async (path: string) => {
      const { document, fields } = shown(await register.api.get(path).expect(200))
      return { to: document.querySelector('form.edit')!.getAttribute('action')!, fields }
    }
    const [added1, deleted1] = [await opens(date), await opens(deletion)]
    await register.api
      .patch(`/v1/agreements/${id}`)
      .set('if-match', '*')
      .send({ reference: `${reference}-A` })
      .expect(200)
    const other = await register.api.post('/v1/agreements').send(anAgreement({ reference })).expect(201)
    const fields = { ...added1.fields, event: 'entered_into_force', date: '1 May 2019' }
    const { headers } = await send(added1.to, fields).expect(303)
    expect(headers['location']).toBe(`/agreements/${reference}-A?done=changed#dates`)
    expect((await read(id)).dates).toHaveLength(2)
    const gone = await send(deleted1.to, deleted1.fields).expect(303)
    expect(shown(await register.api.get(gone.headers['location']!).expect(200)).text).toContain('was deleted')
    await register.api.get(`/v1/agreements/${id}`).expect(404)
    expect(await read(other.body.id)).toMatchObject({ reference, version: 1 })
  })

  test('say that what was edited has been removed', async () => {
    const { at } = await added()
    const path = at('Signed, 5 March 2019')
    const [mine, other] = [await opened(path), await opened(path)]
    await send(path, { ...mine, remove: 'yes' }).expect(303)
    const response = await send(path, { ...other, place: 'Kyoto' })
    expect([response.status, shown(response).text]).toEqual([404, expect.stringContaining('It may have been removed.')])
    const again = await send(path, { ...mine, remove: 'yes' })
    expect([again.status, again.headers['location']]).toEqual([303, expect.stringContaining('?done=changed')])
  })

  test('can be saved by somebody who goes back to one that was saved, and corrects it', async () => {
    const { id, at } = await added()
    const path = at('Add a date')
    const form = { ...(await opened(path)), event: 'adopted', date: '2018' }
    await send(path, form).expect(303)
    const back = await send(path, { ...form, date: '2017' })
    const { text } = shown(back)
    expect([back.status, text]).toEqual([409, expect.stringContaining('This form has been saved before.')])
    expect(text).not.toMatch(/idempotency/i)
    await send(path, { ...fieldsOf(documentOf(back)), date: '2017' }).expect(303)
    expect((await read(id)).dates).toHaveLength(3)
  })

  test('save once, however often they are sent', async () => {
    const { id, at } = await added()
    const form = { ...(await opened(at('Add a date'))), event: 'adopted', date: '2018' }
    const all = await Promise.all([send(at('Add a date'), form), send(at('Add a date'), form)])
    expect([...all, await send(at('Add a date'), form)].map(({ status }) => status)).toEqual([303, 303, 303])
    expect((await read(id)).dates).toHaveLength(2)
  })

  test('change signatories, research domains and sources', async () => {
    const { id, at } = await added()
    const signatory = at('United States')
    const form = await opened(signatory)
    expect(form).toMatchObject({ side: '1', party: 'United States (US)', body: '', person: '' })
    await send(signatory, { ...form, body: 'DHS', person: 'Ada Lovelace' }).expect(303)
    const domains = at('Change what it covers')
    const typed = { ...(await opened(domains)), 'domains.0.name': '', 'domains.1.name': 'Civil engineering' }
    await send(domains, typed).expect(303)
    await send(at('Add a source'), { ...(await opened(at('Add a source'))), title: 'Letter' }).expect(303)
    expect(await read(id)).toMatchObject({
      signatories: [{ signatory: { code: 'US-DHS' }, representative: { name: 'Ada Lovelace', office: null } }, {}],
      researchDomains: [{ code: '2.1' }],
      sources: [{ key: 'letter' }, { key: 'letter-2', title: 'Letter' }],
    })
    expect(await opened(domains)).toMatchObject({
      'domains.0.name': 'Civil engineering (ford:2.1)',
      'domains.1.name': '',
    })
    const other = at('Japan')
    const alone = await send(other, { ...(await opened(other)), remove: 'yes' })
    expect([alone.status, shown(alone).text]).toEqual([422, expect.stringContaining('Not saved')])
    const used = at('Signed, 5 March 2019')
    await send(used, { ...(await opened(used)), source: 'letter' }).expect(303)
    const kept = await send(at('Letter'), { ...(await opened(at('Letter'))), remove: 'yes' })
    expect([kept.status, shown(kept).text]).toEqual([409, expect.stringContaining('rest on this source')])
  })

  test('change extensions, amended terms, and with which agreement it ends', async () => {
    const term = { length: 'P5Y' }
    const { id, at } = await added({ term, entryIntoForce: { on: 'signature' } })
    const add = at('Add a date')
    const date = { ...(await opened(add)), event: 'extended', date: '2 March 2023', source: 'letter' }
    const both = await send(add, { ...date, 'extension.length': '5 years', 'extension.lastDay': '2030-01-01' })
    expect(shown(both).errors).toEqual({ 'Or until and including': 'Give either the length or the last day.' })
    const other = await send(add, { ...date, event: 'adopted', 'extension.length': '5 years' })
    expect(shown(other).errors).toEqual({ 'Extended by': expect.stringMatching(/^Only the act “Extended”/) })
    await send(add, { ...date, 'extension.length': 'five years' }).expect(303)
    const amended = { ...(await opened(add)), event: 'amended', date: '2025', occurrence: '2' }
    await send(add, { ...amended, 'amended.length': '10 years', 'amended.exitNotice': '6 months' }).expect(303)
    const fields = at('Change its title, type, entry into force and term')
    await send(fields, { ...(await opened(fields)), sunset: '1 year', endsWith: 'form-1' }).expect(303)
    const stored = await read(id)
    expect(stored).toMatchObject({
      dates: [
        { event: 'signed', occurrence: 1, extension: null, term: null },
        { event: 'extended', occurrence: 1, extension: { length: 'P5Y', lastDay: null }, term: null },
        { event: 'amended', occurrence: 2, term: { length: 'P10Y', renewal: null, exit: { notice: 'P6M' } } },
      ],
      term: { length: 'P5Y', sunset: 'P1Y', endsWith: expect.any(String) },
    })
    expect(await opened(fields)).toMatchObject({ sunset: '1 year', endsWith: 'Agreement 1 on forms (FORM-1)' })
    const path = add.replace('new', stored.dates[2].id)
    const again = await opened(path)
    expect(again).toMatchObject({ occurrence: '2', 'amended.length': '10 years' })
    await send(path, { ...again, 'amended.length': '', 'amended.exitNotice': '' }).expect(303)
    await send(fields, { ...(await opened(fields)), endsWith: '' }).expect(303)
    const after = await read(id)
    expect([after.dates[2].term, after.term.endsWith]).toEqual([null, null])
  })

  /** Each part: what is typed, a value that is refused, and what the register then has. */
  const listed = [
    {
      add: 'Add a relation',
      list: 'relations',
      typed: { kind: 'amends', other: 'TIAS 61-007' },
      wrong: { other: 'No such treaty' },
      error: { 'The other agreement': 'No agreement in the register has this title, reference or number.' },
      name: 'Amends: Treaty that others amend (AMENDED-1)',
      shown: { other: 'Treaty that others amend (AMENDED-1)' },
      correct: { kind: 'cites', other: 'treaty that others amend' },
      stored: { kind: 'cites', agreement: expect.any(String) },
      corrected: 'Cites: Treaty that others amend (AMENDED-1)',
    },
    {
      add: 'Add a number',
      list: 'identifiers',
      typed: { scheme: 'TIAS', value: '71-104' },
      wrong: { value: '' },
      error: { Number: 'Must be given.' },
      name: 'TIAS 71-104',
      shown: { scheme: 'TIAS' },
      correct: { value: '71-105' },
      stored: { scheme: 'tias', value: '71-105' },
      corrected: 'TIAS 71-105',
    },
    {
      add: 'Add a title',
      list: 'alternativeTitles',
      typed: { language: 'Japanese', title: '協定' },
      wrong: { language: 'The language of Japan' },
      error: { Language: 'Must be a language such as Japanese.' },
      name: '協定',
      shown: { language: 'Japanese' },
      correct: { language: 'ja-Hira' },
      stored: { language: 'ja-Hira', title: '協定' },
      corrected: '協定',
    },
    {
      add: 'Add a text',
      list: 'documents',
      typed: { title: 'English text', url: 'https://example.org/text.pdf', file: 'application/pdf' },
      wrong: { url: 'example.org' },
      error: { Address: 'Must be an absolute http or https URL.' },
      name: 'English text',
      shown: { file: 'application/pdf', language: '' },
      correct: { language: 'english', title: 'Text' },
      stored: { title: 'Text', language: 'en', mediaType: 'application/pdf' },
      corrected: 'Text',
    },
    {
      add: 'Add a statement',
      list: 'statusStatements',
      typed: { status: 'in_force', on: '28 February 2021', source: 'letter' },
      wrong: { on: 'February 2021', status: '' },
      error: { Status: 'Choose one.', On: expect.stringMatching(/^Must be a day/) },
      name: 'In force on 28 February 2021',
      shown: { on: '28 February 2021' },
      correct: { status: 'suspended' },
      stored: { status: 'suspended', on: '2021-02-28', source: 'letter' },
      corrected: 'Suspended on 28 February 2021',
    },
    {
      add: 'Add a claim',
      list: 'claims',
      typed: { statement: 'It was the first.', source: 'letter' },
      wrong: { statement: ' ' },
      error: { 'What is claimed': 'Must be given.' },
      name: 'It was the first.',
      shown: { assessment: 'unverified' },
      correct: { assessment: 'contradicted', why: 'There was one of 1950.' },
      stored: { statement: 'It was the first.', assessment: 'contradicted', source: 'letter' },
      corrected: 'It was the first.',
    },
  ]

  describe('of the lists without ids', () => {
    beforeAll(async () => {
      const identifiers = [{ scheme: 'tias', value: '61-7' }]
      const other = anAgreement({ reference: 'AMENDED-1', title: 'Treaty that others amend', identifiers })
      await register.api.post('/v1/agreements').send(other).expect(201)
    })

    test.each(listed)('$add, say what is wrong, correct and remove it', async (one) => {
      const { id, reference, at } = await added()
      const add = at(one.add)
      const form = await opened(add)
      const wrong = { ...form, ...one.typed, ...one.wrong }
      const refused = shown(await send(add, wrong))
      expect(refused.errors).toEqual(one.error)
      expect(refused.fields).toEqual(wrong)
      await send(add, { ...refused.fields, ...one.typed }).expect(303)
      const links = async () => linksOf(shown(await register.api.get(`/agreements/${reference}/edit`)).document)
      const path = (await links()).get(one.name)!
      const again = await opened(path)
      expect(again).toMatchObject(one.shown)
      expect((await send(path, again).expect(303)).headers['location']).toContain('done=unchanged')
      await send(path, { ...(await opened(path)), ...one.correct, note: 'Misread' }).expect(303)
      expect(await latest(id)).toMatchObject({ note: 'Misread', version: 3 })
      expect(await read(id)).toMatchObject({ [one.list]: [one.stored] })
      expect((await links()).get(one.corrected)).toBe(path)
      expect(shown(await register.api.get(`/agreements/${reference}/edit`)).text).not.toMatch(/-[0-9a-f]{4}-7|_/)
      await send(path, { ...(await opened(path)), remove: 'yes' }).expect(303)
      expect((await read(id))[one.list]).toEqual([])
    })

    test('take any text in any field without failing', async () => {
      const { at, reference } = await added()
      for (const { add } of listed) {
        const form = await opened(at(add))
        for (const text of ['\0', '\u202e" or (SE)', '(\u{1f525})', 'x'.repeat(5000)]) {
          const typed = Object.fromEntries(Object.keys(form).map((name) => [name, name === 'version' ? '1' : text]))
          const { status } = await send(at(add), { ...typed, 'other.choice': text, 'other.asked': text })
          expect([add, text.slice(0, 20), [400, 422].includes(status)]).toEqual([add, text.slice(0, 20), true])
        }
      }
      for (const key of ['0', '1', '-1', '99999', '__proto__', 'all']) {
        await register.api.get(`/agreements/${reference}/edit/claims/${key}`).expect(404)
      }
      await register.api.get('/names/agreement?q=%22%28or%29').expect(200)
    })

    test('say by its title which agreement has a number or a reference already', async () => {
      const { at } = await added()
      const [add, fields] = [at('Add a number'), at('Change its title, type, entry into force and term')]
      const message = 'The agreement “Treaty that others amend (AMENDED-1)” has this already.'
      const number = await send(add, { ...(await opened(add)), scheme: 'tias', value: '61-007' })
      expect([number.status, shown(number).errors]).toEqual([409, { Number: message }])
      const reference = await send(fields, { ...(await opened(fields)), reference: 'AMENDED-1' })
      expect([reference.status, shown(reference).errors]).toEqual([409, { Reference: message }])
    })

    test('keep to the item that was opened when others add and remove items, and show both versions of it', async () => {
      const claims = ['First', 'Second', 'Third'].map((statement) => ({ statement }))
      const { id, at } = await added({ claims })
      const [first, second, third] = [at('First'), at('Second'), at('Third')]
      const [mine, late] = [await opened(second), await opened(third)]
      await send(first, { ...(await opened(first)), remove: 'yes' }).expect(303)
      await send(second, { ...mine, why: 'Checked' }).expect(303)
      const statements = async () => (await read(id)).claims.map(({ statement, note }: Fields) => [statement, note])
      expect(await statements()).toEqual([
        ['Second', 'Checked'],
        ['Third', null],
      ])
      await send(second, { ...(await opened(second)), statement: 'Third, changed' }).expect(303)
      const gone = await send(third, { ...late, why: 'Too late' })
      expect([gone.status, await statements()]).toEqual([
        404,
        [
          ['Second', 'Checked'],
          ['Third, changed', null],
        ],
      ])
      const [one, other] = [await opened(first), await opened(first)]
      await send(first, { ...one, assessment: 'supported' }).expect(303)
      const both = await send(first, { ...other, why: 'Mine' })
      expect([both.status, shown(both).text]).toEqual([409, expect.stringContaining('What the evidence says')])
      await send(first, shown(both).fields).expect(303)
      expect((await statements())[0]).toEqual(['Second', 'Mine'])
    })

    test('ask which agreement a title means, keep the choice, and never show an id', async () => {
      const title = 'Arrangement on the exchange of seismographs'
      const twins: string[] = []
      for (const day of ['1961-02-03', '1972-05-06']) {
        const dates = [{ event: 'signed', date: day }]
        const { body } = await register.api.post('/v1/agreements').send(anAgreement({ title, dates })).expect(201)
        twins.push(body.id)
      }
      const { id, at } = await added()
      const path = at('Add a relation')
      const typed = { ...(await opened(path)), kind: 'extends', other: title }
      const asked = await send(path, typed)
      expect(asked.status).toBe(422)
      expect(shown(asked).errors).toEqual({
        'The other agreement': expect.stringMatching(/^Choose one of the agreements/),
      })
      expect(shown(asked).text).toContain('6 May 1972')
      expect(shown(asked).text).not.toContain(twins[1])
      await send(path, { ...shown(asked).fields, 'other.choice': twins[1]! }).expect(303)
      const stored = path.replace('new', '1')
      const again = await opened(stored)
      expect(again).toMatchObject({ kind: 'extends', other: title })
      await send(stored, { ...again, kind: 'implements' }).expect(303)
      expect((await read(id)).relations).toEqual([{ kind: 'implements', agreement: twins[1] }])
      await register.api.delete(`/v1/agreements/${twins[1]}`).set('if-match', '*').expect(204)
      const kept = await opened(stored)
      expect(kept['other']).toBe('An agreement that is no longer in the register')
      expect((await send(stored, kept).expect(303)).headers['location']).toContain('done=unchanged')
      expect(shown(await send(stored, { ...(await opened(stored)), kind: 'cites' })).errors).toEqual({
        'The other agreement': 'This agreement is deleted. Restore it first, or name another one.',
      })
      const found = (await register.api.get('/names/agreement?q=seismographs').expect(200)).body
      expect(found).toContainEqual({ value: title, note: 'United States and Japan, 3 February 1961' })
    })
  })

  test('delete it, with a reason; an administrator restores it', async () => {
    const { id, reference, at } = await added()
    await register.api.get(`/agreements/${reference}/deleted`).expect(404)
    const path = at('Delete this agreement')
    const gone = await send(path, { ...(await opened(path)), note: 'Entered twice' }).expect(303)
    expect(shown(await register.api.get(gone.headers['location']!).expect(200)).text).toContain(
      'The agreement was deleted.',
    )
    await register.api.get(`/v1/agreements/${id}`).expect(404)
    const { document, text } = shown(await register.api.get('/agreements/deleted').expect(200))
    expect(text).toContain('by Test admin')
    expect(text).toContain('Entered twice')
    const form = document.querySelector(`form[action="/agreements/${id}/restore"]`)!
    const token = form.querySelector('input')!.getAttribute('value')!
    const editor = authHeader('editor')
    await register.anonymous
      .post(`/agreements/${id}/restore`)
      .set({ ...fromPage, ...editor })
      .type('form')
      .send({ token })
      .expect(403)
    const back = await send(`/agreements/${id}/restore`, { token }).expect(303)
    expect(back.headers['location']).toBe(`/agreements/${reference}?done=restored`)
    await register.api.get(`/v1/agreements/${id}`).expect(200)
    await register.anonymous.get('/agreements/deleted').set(editor).expect(403)
  })

  test('are linked for those who may edit, and for nobody else', async () => {
    const { reference } = await added()
    const edit = `href="/agreements/${reference}/edit"`
    expect((await register.api.get(`/agreements/${reference}`)).text).toContain(edit)
    expect((await register.anonymous.get(`/agreements/${reference}`)).text).not.toContain(edit)
    await register.api.get(`/agreements/${reference}/edit/nothing/all`).expect(404)
    await register.api.get(`/agreements/${reference}/edit/dates/nothing`).expect(404)
  })
})
