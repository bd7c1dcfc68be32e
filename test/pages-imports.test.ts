import { sql } from 'drizzle-orm'
import supertest from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import { deleteOldFiles } from '../src/imports/waiting/queries.ts'
import { actorOf, authHeader, keyTextOf } from './support/keys.ts'
import { freshRegister, type Register } from './support/register.ts'
import { xlsx } from './support/xlsx.ts'

/** What a browser sends that has a page of this server open. */
const fromPage = { host: 'register.test', origin: 'http://register.test' }

let register: Register
/** A browser in which an editor is signed in. */
let browser: ReturnType<typeof supertest.agent>
beforeAll(async () => {
  register = await freshRegister()
  browser = supertest.agent(register.app.server).set(fromPage)
  const form = new URLSearchParams({ key: keyTextOf('editor') })
  const { headers } = await browser.post('/sign-in').type('form').send(form.toString()).expect(303)
  browser.set('cookie', String(headers['set-cookie']).split(';')[0]!)
})

const textOf = (html: string): string =>
  html
    .replaceAll(/<title>.*?<\/title>|<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}/

/** A page; no page shows an id, JSON or a stack. */
async function open(path: string, status = 200) {
  const { text: html, headers } = await browser.get(path).expect(status)
  const text = textOf(html)
  expect(text.replace(/name the request: \S+/i, '')).not.toMatch(uuid)
  expect(text).not.toMatch(/\{"|    at /)
  return { html, text, headers }
}

async function upload(file: string | Buffer, name = 'list.csv', status = 303) {
  const answer = await browser.post('/imports').attach('file', Buffer.from(file), name)
  expect([answer.status, textOf(answer.text)]).toEqual([status, expect.anything()])
  return { path: answer.headers['location'] as string, text: textOf(answer.text ?? '') }
}

/** The value that a tag has; an attribute without one is empty. */
const valueIn = (tag: string): string | undefined => {
  const found = / value(?:="([^"]*)")?(?= |\/|$)/.exec(tag)
  return found ? (found[1] ?? '') : undefined
}

/** The values of the form of a page, as a browser sends them. */
function fieldsIn(html: string): Record<string, string> {
  const form = /<form[^>]*>(?=<input type="hidden" name="readings")(.*?)<\/form>/s.exec(html)![1]!
  const decoded = (text: string) => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<')
  const inputs = [...form.matchAll(/<input[^>]*>/g)].map(([tag]) => [
    / name="([^"]*)"/.exec(tag)![1]!,
    valueIn(tag) ?? '',
  ])
  const selects = [...form.matchAll(/<select[^>]* name="([^"]*)"[^>]*>(.*?)<\/select>/gs)].map(([, name, options]) => {
    const [, attributes, text] = /<option([^>]*selected[^>]*)>([^<]*)</.exec(options!)!
    return [name!, valueIn(attributes!) ?? text!]
  })
  return Object.fromEntries([...inputs, ...selects].map(([name, value]) => [name!, decoded(value!)]))
}

const send = (path: string, fields: Record<string, string>) =>
  browser.post(path).type('form').send(new URLSearchParams(fields).toString())

/** Sends the form of a file with some values changed. */
async function choose(path: string, changed: Record<string, string> = {}) {
  const { html } = await open(path)
  return send(path, { ...fieldsIn(html), do: 'try', ...changed })
}

const header = ['No', 'Title', 'Kind', 'Party 1', 'Party 2', 'Signed']
let rows = 0
const row = (title: string, over: Record<number, string> = {}): string[] => {
  rows += 1
  return [`PI-${rows}`, title, 'Treaty', 'France', 'Japan', `${1800 + rows}-05-31`].map((cell, i) => over[i] ?? cell)
}
const csv = (...lines: string[][]): string => [header, ...lines].map((line) => line.join(',')).join('\n')

describe('the page of imports', () => {
  test('takes a file, and leads to what its columns are, proposed beside the first rows', async () => {
    const { path } = await upload(xlsx({ List: [header, row('Treaty on Ice'), row('Treaty on Snow')] }), 'ice.xlsx')
    const { text, html } = await open(path)
    expect(text).toContain('ice.xlsx')
    expect(text).toContain('Treaty on Snow')
    expect(fieldsIn(html)).toMatchObject({
      'column-0': 'Reference, and number of the row',
      'column-1': 'Title',
      'column-2': 'Type of agreement',
      'column-3': 'Party on side 1',
      'column-4': 'Party on side 2',
      'column-5': 'Day: signed',
      'type-0': 'treaty',
    })
    expect((await open('/imports')).text).toContain('ice.xlsx')
  })

  test.each([
    ['no file', '', '', 'Choose a file.'],
    ['an empty file', '', 'list.csv', 'The file is empty.'],
    ['a file without rows', header.join(','), 'list.csv', 'has no rows below its header'],
    ['a PDF', '%PDF-1.7', 'list.pdf', 'PDF files cannot be read'],
  ])('says beside the field what is wrong with %s', async (_, file, name, message) => {
    const sent = browser.post('/imports').attach('file', Buffer.from(file), { filename: name })
    const { text, status } = await sent
    expect([status, textOf(text)]).toEqual([400, expect.stringContaining(message)])
    expect(text).toContain('aria-describedby="file-error"')
  })

  test('is for editors', async () => {
    const ask = (method: 'get' | 'post', headers: Record<string, string> = {}) =>
      register.anonymous[method]('/imports').set({ ...fromPage, ...headers })
    expect((await ask('get').expect(303)).headers['location']).toBe('/sign-in?to=%2Fimports')
    await ask('post').expect(401)
    for (const method of ['get', 'post'] as const) await ask(method, authHeader('reader')).expect(403)
    await ask('get', authHeader('editor')).expect(200)
  })
})

describe('a file', () => {
  test('is tried, then imported, and the agreements are linked by their references', async () => {
    const { path } = await upload(csv(row('Treaty on Ice'), row('Treaty on Rain', { 0: 'PI-R', 3: 'Atlantis' })))
    const tried = await choose(path)
    expect(tried.status).toBe(303)
    const dry = await open(tried.headers['location']!)
    expect(dry.text).toContain('Nothing is stored yet. 1 agreement would be added; 1 row would be refused.')
    expect(dry.text).toContain('Atlantis , in 1 row')
    expect(dry.text).not.toContain('PI-R')
    const refused = await open(`${tried.headers['location']}?verdict=refused`)
    expect(refused.text).toContain('Treaty on Rain')
    expect(refused.text).not.toContain('Treaty on Ice')
    const lines = await browser.get(`${tried.headers['location']}/rows.csv?verdict=refused`).expect(200)
    expect(lines.text).toMatch(/^No,Title,.*import errors\r?\nPI-R,/)
    const [done, same] = await Promise.all([1, 2].map(() => send(`${path}/import`, { others: 'true' })))
    expect(done!.status).toBe(303)
    expect(same!.headers['location']).toBe(done!.headers['location'])
    const { text, html } = await open(done!.headers['location']!)
    expect(text).toContain('Done: 1 new, 1 refused')
    expect(text).toMatch(/by Test \w+ \(key \w+\)/)
    const [, link] = /href="(\/agreements\/PI-\d+)"/.exec(html)!
    expect((await open(link!)).text).toContain('Treaty on Ice')
    const again = await send(`${path}/import`, { others: 'true' })
    expect(again.headers['location']).toBe(done!.headers['location'])
  })

  test('is not imported by choices that were not tried', async () => {
    const { path } = await upload(csv(row('Treaty on Fog')))
    const refused = async (fields: Record<string, string>) => {
      const { status, text } = await send(`${path}/import`, fields)
      expect([status, textOf(text)]).toEqual([412, expect.stringContaining('A dry run must show first')])
    }
    await refused({})
    const tried = (await choose(path)).headers['location']!
    await choose(path, { do: 'keep', 'type-0': 'minutes' })
    expect((await open(tried)).text).toContain('The choices were changed since')
    await refused({})
    await choose(path)
    await refused({ dryRun: tried.split('/').at(-1)! })
    await send(`${path}/import`, {}).expect(303)
  })

  test('shows what is wrong beside each field, and keeps what was chosen', async () => {
    const { path } = await upload(csv(row('Treaty on Dew')))
    const { status, text } = await choose(path, { 'column-0': 'Titel', 'column-5': 'Title', home: 'Atlantis' })
    expect(status).toBe(422)
    expect(textOf(text)).toContain('“Titel” is not one of the choices. Did you mean “Title”?')
    expect(textOf(text)).toContain('Only one column can be this, and “Title” is it already.')
    expect(fieldsIn(text)).toMatchObject({ 'column-0': 'Titel', 'column-5': 'Title', home: 'Atlantis' })
  })

  test('is judged in plain words', async () => {
    const { path } = await upload(csv(row('', { 5: 'soon' }), row('Treaty on Tin', { 3: 'Korea' })))
    const tried = await choose(path, { 'column-1': 'Title', 'column-5': 'Day: signed' })
    const { text } = await open(tried.headers['location']!)
    expect(text).toContain('Signed: "soon" is not written as the days of this column. Would do: One of the formats')
    expect(text).toContain('Title: The title is missing. Would do: A title.')
    expect(text).toContain('Korea , in 1 row')
    expect(text).not.toMatch(/mapping|atomic|upsert|pointer/)
  })

  test('needs a title and two sides', async () => {
    const { path } = await upload(csv(row('Treaty on Mud')))
    for (const [changed, message] of [
      [{ 'column-1': 'Not taken' }, 'Choose which column is the title.'],
      [{ 'column-3': 'Not taken' }, 'Choose the column with the party on side 1'],
      [{ 'column-4': 'Not taken' }, 'Choose the column with the party on side 2.'],
      [{ 'column-3': 'Not taken', 'column-4': 'Not taken' }, 'Choose which columns name the parties.'],
      [{ 'column-3': 'Not taken', 'column-4': 'The other party' }, 'Write the party that has agreed with the others.'],
      [{ 'column-3': 'Both parties' }, 'Choose either one column with both parties'],
      [{ 'column-0': 'Place of signature', 'column-5': 'Not taken' }, 'needs a column with the day of signature'],
    ] as const) {
      const { status, text } = await choose(path, changed)
      expect([status, textOf(text)]).toEqual([422, expect.stringContaining(message)])
    }
  })

  /** The mapping that the form of a file makes, by way of keeping it. */
  async function mappingBy(path: string, changed: Record<string, string>) {
    keptMappings += 1
    const name = `pages-${keptMappings}`
    const { status, text } = await choose(path, { ...changed, do: 'keep', name })
    expect([status, textOf(text)]).toEqual([200, expect.stringContaining('are kept')])
    const { body } = await register.api.get(`/v1/mappings/${name}`).expect(200)
    return body.mapping
  }
  let keptMappings = 0

  test('changes only what is changed in the form', async () => {
    const { path } = await upload(csv(row('Treaty on Ore')))
    const first = await mappingBy(path, {})
    expect(await mappingBy(path, { 'type-0': 'minutes', 'column-5': 'Day: registered', typeElse: 'treaty' })).toEqual({
      ...first,
      type: { ...first.type, default: 'treaty' },
      tables: { types: { entries: { Treaty: 'minutes' }, otherwise: 'other' } },
      dates: [{ event: 'registered', date: first.dates[0].date }],
    })
    const { sides, parties } = await mappingBy(path, {
      'column-3': 'Not taken',
      'column-4': 'The other party',
      home: 'Norway',
    })
    expect({ sides, parties }).toEqual({
      sides: { rule: 'home', home: 'Norway', homeImplied: true },
      parties: [{ column: 'Party 2' }],
    })
    expect(await mappingBy(path, { 'column-2': 'Not taken', typeElse: 'title' })).toMatchObject({
      type: { column: 'kind' },
      derived: [{ column: 'Title' }],
    })
    expect(await mappingBy(path, { 'column-1': 'Summary', 'column-2': 'Title' })).toMatchObject({
      title: { column: 'Kind' },
      summary: { column: 'Title' },
      type: { column: 'kind' },
      derived: [{ column: 'Kind' }],
    })
  })

  test('with many columns has a field to write into for each, and a page of less than 100 kB', async () => {
    const names = Array.from({ length: 116 }, (_, i) => `Remark ${i}`)
    const { path } = await upload(
      [
        [...header, ...names],
        [...row('Treaty on Tea'), ...names],
      ]
        .map((line) => line.join(','))
        .join('\n'),
    )
    const { html } = await open(path)
    expect(html.length).toBeLessThan(100_000)
    expect((await mappingBy(path, { 'column-6': 'summary' })).summary).toEqual({ column: 'Remark 0' })
  })

  test('is read by the choices of the form', async () => {
    const line = ['Agreement on Sand', 'Letter', 'Norway; Peru', '03/04/1951', 'Oslo', 'no. 7']
    const { path } = await upload(
      [['name', 'art', 'who', 'when', 'where', 'other'], line].map((cells) => cells.join(',')).join('\n'),
    )
    const tried = await choose(path, {
      'column-0': 'Title',
      'column-1': 'Not taken',
      'column-2': 'Both parties',
      'column-3': 'Day: signed',
      'format-3': 'MM/dd/yyyy',
      'column-4': 'Place of signature',
      'column-5': 'Number in TIAS',
      split: 'semicolon',
      typeElse: 'exchange_of_letters',
    })
    expect([tried.status, tried.text]).toEqual([303, ''])
    const done = await send(`${path}/import`, {})
    const { text } = await open(done.headers['location']!)
    expect(text).toContain('Done: 1 new')
    const { body } = await register.api.get('/v1/agreements?q=sand').expect(200)
    expect(body.items[0]).toMatchObject({
      title: 'Agreement on Sand',
      type: 'exchange_of_letters',
      parties: [{ code: 'NO' }, { code: 'PE' }],
      dates: [{ event: 'signed', date: '1951-03-04', place: 'Oslo' }],
      identifiers: [{ scheme: 'tias', value: 'no. 7' }],
    })
  })

  test('can be read by choices that were kept, whose other rules stay and are told', async () => {
    const mapping = {
      title: { column: 'Title' },
      type: { constant: 'protocol' },
      parties: [
        { column: 'Party 1', side: 1, role: 'signed' },
        { column: 'Party 2', side: 2 },
      ],
      leaveOut: [{ when: [{ column: 'No', is: ['PI-OUT'] }], reason: 'It is left out on purpose.' }],
      sources: [{ key: 'print', title: { template: 'Gazette {No}' } }],
    }
    await register.api.post('/v1/mappings').send({ name: 'pages-of-imports', mapping }).expect(201)
    const { path } = await upload(csv(row('Protocol on Salt'), row('Protocol on Tin', { 0: 'PI-OUT' })))
    const used = await send(`${path}/kept`, { name: 'pages-of-imports' })
    const { text } = await open(used.headers['location']!)
    expect(text).toContain('Rows are left out: It is left out on purpose.')
    expect(text).toContain('Source: from No .')
    const tried = await choose(path, { 'column-5': 'Day: signed' })
    expect((await open(tried.headers['location']!)).text).toContain('1 row would be left out')
    const kept = await choose(path, { do: 'keep', name: 'pages-kept' })
    expect(textOf(kept.text)).toContain('The choices are kept as pages-kept.')
    const { body } = await register.api.get('/v1/mappings/pages-kept').expect(200)
    expect(body.mapping).toEqual({
      ...mapping,
      dates: [{ event: 'signed', date: { column: 'Signed', formats: ['yyyy-MM-dd'] } }],
    })
    const taken = await choose(path, { do: 'keep', name: 'pages-kept' })
    expect([taken.status, textOf(taken.text)]).toEqual([409, expect.stringContaining('have this name already')])
    const other = await upload('a,b\n1,2')
    const unfit = await send(`${other.path}/kept`, { name: 'pages-of-imports' })
    expect([unfit.status, textOf(unfit.text)]).toEqual([422, expect.stringContaining('The file has no column Title')])
  })

  test('can be read in another way, and a form from before is then refused', async () => {
    const { path } = await upload(`List of 2020;;;;;\n${csv(row('Treaty on Ash')).replaceAll(',', ';')}`)
    const before = fieldsIn((await open(path)).html)
    await send(`${path}/read`, { headerRow: '2' }).expect(303)
    expect(fieldsIn((await open(path)).html)).toMatchObject({ 'column-1': 'Title' })
    const { status, text } = await send(path, { ...before, do: 'try' })
    expect([status, textOf(text)]).toEqual([409, expect.stringContaining('read in another way meanwhile')])
    const wrong = await send(`${path}/read`, { headerRow: 'second' })
    expect([wrong.status, textOf(wrong.text)]).toEqual([422, expect.stringContaining('Must be a whole number')])
  })

  test('is deleted a day after it was last worked with', async () => {
    const [{ path: old }, { path }] = [await upload(csv(row('Treaty on Tar'))), await upload(csv(row('Treaty on Wax')))]
    expect(await deleteOldFiles(register.db)).toBe(0)
    const id = old.split('/').at(-1)
    await register.db.query(sql`update waiting_files set updated_at = now() - interval '25 hours' where id = ${id}`)
    expect(await deleteOldFiles(register.db)).toBe(1)
    await open(old, 404)
    await open(path)
  })

  test('is refused when 50 of the same person are there', async () => {
    const actor = actorOf('editor')
    const kept = await register.db.query<{ id: string }>(sql`
      insert into waiting_files (id, name, size, head, plan, actor)
      select gen_random_uuid(), 'list.csv', 1, '{}', '{}', ${actor} from generate_series(1, 50) returning id`)
    const { text } = await upload(csv(row('Treaty on Wool')), 'list.csv', 400)
    expect(textOf(text)).toContain('You have 50 files here already. Delete one, or wait')
    await register.db.query(
      sql`delete from waiting_files where id = any(${sql.param(kept.map(({ id }) => id))}::uuid[])`,
    )
    await upload(csv(row('Treaty on Wool')))
  })

  test('that is deleted is no longer there', async () => {
    const { path } = await upload(csv(row('Treaty on Oil')))
    await send(`${path}/delete`, {}).expect(303)
    expect((await open(path, 404)).text).toContain('The file is no longer there')
    expect((await open('/imports/0', 404)).text).toContain('There is no such import.')
  })
})

test('an import that is under way shows how far it is, renews itself until told not to, and can be cancelled', async () => {
  const many = Array.from({ length: 201 }, (_, i) => row(`Treaty on Stone ${i}`))
  const { path } = await upload(csv(...many))
  const tried = await choose(path)
  const address = tried.headers['location']!
  const waits = await open(address)
  expect(waits.headers['refresh']).toBe('2')
  expect(waits.text).toContain('Waits for its turn')
  expect((await open(`${address}?renew=false`)).headers['refresh']).toBeUndefined()
  await send(`${address}/cancel`, {}).expect(303)
  const ended = await open(address)
  expect(ended.headers['refresh']).toBeUndefined()
  expect(ended.text).toContain('Cancelled')
})
