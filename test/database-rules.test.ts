import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { anAgreement, freshRegister, type Register } from './support/register.ts'

let register: Register
/** Two agreements, each `id`, its signatures and dates, as SQL literals. */
let one: Held
let other: Held

interface Held {
  id: string
  signatures: string[]
  dates: string[]
}

async function held(over: object = {}): Promise<Held> {
  const { body } = await register.api.post('/v1/agreements').send(anAgreement(over)).expect(201)
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => `'${id}'`)
  return { id: `'${body.id}'`, signatures: ids(body.signatories), dates: ids(body.dates) }
}

beforeAll(async () => {
  register = await freshRegister()
})

let count = 0
beforeEach(async () => {
  count += 1
  one = await held({
    reference: `ONE-${count}`,
    identifiers: [{ scheme: 'tias', value: `${count}` }],
    dates: [
      { event: 'signed', date: '2019-10-23', preferred: true, source: 'article' },
      { event: 'signed', date: '2019-10-24', preferred: false },
    ],
    claims: [{ statement: 'It is the first.', source: 'article' }],
    researchDomains: ['ford:2.1'],
    sources: [{ key: 'article', title: 'An article' }],
  })
  other = await held({ reference: `OTHER-${count}` })
})

const sorry = Symbol('the end of a test')

/** Runs statements in one transaction, and rolls them back if they were allowed. @returns when they were refused, if at all */
async function run(statements: string[]): Promise<{ at: 'once' | 'commit' | null; constraint?: string }> {
  let done = 0
  try {
    await register.db.transaction(async (db) => {
      for (const statement of statements) {
        await db.query(sql.raw(statement))
        done += 1
      }
      await db.query(sql`set constraints all immediate`)
      throw sorry
    })
  } catch (error) {
    if (error === sorry) return { at: null }
    const { constraint } = error as { constraint: string }
    return { at: done < statements.length ? 'once' : 'commit', constraint }
  }
  throw new Error('a transaction ended without its end')
}

const allowed = async (...statements: string[]) => expect(await run(statements)).toEqual({ at: null })
const refused = async (constraint: string | RegExp, ...statements: string[]) =>
  expect(await run(statements)).toEqual({ at: 'once', constraint: expect.stringMatching(constraint) })
/** Refused, but only when the transaction commits: a violation within it may still be corrected. */
const refusedAtCommit = async (constraint: string, ...statements: string[]) =>
  expect(await run(statements)).toEqual({ at: 'commit', constraint })

const inSignatures = (agreement: string, side: number, source = 'null') =>
  `insert into signatures (id, agreement_id, position, side, signatory_id, role, source_key)
   values (gen_random_uuid(), ${agreement}, 9, ${side}, (select id from signatories where code = 'AD'), 'signed', ${source})`

const inDates = (agreement: string, over: Record<string, string> = {}) => {
  const row = { event: `'signed'`, occurrence: '1', date: `'2019'`, preferred: 'false', ...over }
  return `insert into dates (id, agreement_id, ${Object.keys(row).join(', ')})
    values (gen_random_uuid(), ${agreement}, ${Object.values(row).join(', ')})`
}

describe('an agreement has a signature on each side', () => {
  test.each([1, 2])('when the transaction commits: side %i cannot lose its only one', async (side) => {
    const signature = one.signatures[side - 1]
    await refusedAtCommit(`agreements_side${side}_fk`, `delete from signatures where id = ${signature}`)
    await refusedAtCommit(
      `agreements_side${side}_fk`,
      `update signatures set side = ${3 - side} where id = ${signature}`,
    )
    await refusedAtCommit(
      `agreements_side${side}_fk`,
      `update signatures set agreement_id = ${other.id} where id = ${signature}`,
    )
  })

  test('from the start: no agreement can be added without them', async () => {
    const columns = `reference, title, title_is_descriptive, alternative_titles, type, binding, languages, created_at, version,
      updated_at, document, judged_on, side1_signature_id, side2_signature_id`
    const copied = columns.replace('reference,', 'null,')
    await refusedAtCommit(
      'agreements_side1_fk',
      `insert into agreements (id, ${columns}) select gen_random_uuid(), ${copied} from agreements where id = ${one.id}`,
    )
  })

  test('of its own: signatures of another agreement do not count', async () => {
    const borrowed = `update agreements set side2_signature_id = ${other.signatures[1]} where id = ${one.id}`
    await refusedAtCommit('agreements_side2_fk', borrowed)
    const otherSide = `update agreements set side2_signature_id = ${one.signatures[0]} where id = ${one.id}`
    await refusedAtCommit('agreements_side2_fk', otherSide)
  })

  test('which may be replaced within a transaction', async () => {
    const replacement = `update agreements set side2_signature_id =
      (select id from signatures where agreement_id = ${one.id} and position = 9) where id = ${one.id}`
    await allowed(`delete from signatures where id = ${one.signatures[1]}`, inSignatures(one.id, 2), replacement)
  })

  test('and no third side', async () => {
    await refused('signatures_side_check', inSignatures(one.id, 3))
  })
})

describe('an act has exactly one preferred value', () => {
  const prefer = (date: string | undefined, preferred: boolean) =>
    `update dates set preferred = ${preferred} where id = ${date}`

  test('when the transaction commits: two are refused', async () => {
    await refusedAtCommit('dates_preferred_key', prefer(one.dates[1], true))
    await refusedAtCommit('dates_preferred_key', inDates(one.id, { preferred: 'true' }))
  })

  test('when the transaction commits: none is refused', async () => {
    await refusedAtCommit('dates_preferred_check', prefer(one.dates[0], false))
    await refusedAtCommit('dates_preferred_check', `delete from dates where id = ${one.dates[0]}`)
    await refusedAtCommit('dates_preferred_check', `update dates set event = 'ratified' where id = ${one.dates[0]}`)
    await refusedAtCommit('dates_preferred_check', `update dates set occurrence = 2 where id = ${one.dates[0]}`)
    await refusedAtCommit('dates_preferred_check', inDates(one.id, { event: `'ratified'` }))
    await refusedAtCommit('dates_preferred_check', `update dates set occurrence = 2 where id = ${one.dates[1]}`)
    await refusedAtCommit(
      'dates_preferred_check',
      `update dates set agreement_id = ${other.id}, event = 'adopted', source_key = null where id = ${one.dates[0]}`,
    )
  })

  test('which may change within one transaction, in either order', async () => {
    await allowed(prefer(one.dates[0], false), prefer(one.dates[1], true))
    await allowed(prefer(one.dates[1], true), prefer(one.dates[0], false))
    await allowed(`update dates set preferred = not preferred where agreement_id = ${one.id}`)
    await allowed(`delete from dates where id = ${one.dates[0]}`, prefer(one.dates[1], true))
    await allowed(`delete from dates where agreement_id = ${one.id}`)
  })

  test('counted by event, occurrence, body and agreement', async () => {
    const body = `(select id from signatories where code = 'US')`
    await allowed(inDates(one.id, { preferred: 'true', event: `'ratified'` }))
    await allowed(inDates(one.id, { preferred: 'true', occurrence: '2' }))
    await allowed(inDates(one.id, { preferred: 'true', signatory_id: body }))
    await refusedAtCommit(
      'dates_preferred_key',
      inDates(one.id, { preferred: 'true', signatory_id: body }),
      inDates(one.id, { preferred: 'true', signatory_id: body }),
    )
  })
})

describe('the sides of an agreement', () => {
  test('share no party', async () => {
    await refused(
      'agreement_parties_pk',
      `insert into agreement_parties (agreement_id, party_id, side, signed)
       select agreement_id, party_id, 3 - side, signed from agreement_parties where agreement_id = ${one.id}`,
    )
  })
})

const signatory = (code: string, parent: string | null = null, over: { kind?: string; id?: string } = {}) =>
  `insert into signatories (id, code, name, kind, aliases, identifiers, words, parent_id, parent_depth)
   select ${over.id ?? 'gen_random_uuid()'}, '${code}', '${code}', '${over.kind ?? 'state'}', '{}', '[]', '', ${
     parent === null ? 'null, null' : `id, depth from signatories where code = '${parent}'`
   }`
const domain = (code: string, broader: string | null = null, scheme = 'test') =>
  `insert into research_domains (id, scheme, code, label, words, broader_id, broader_depth)
   select gen_random_uuid(), '${scheme}', '${code}', '${code}', '', ${
     broader === null ? 'null, null' : `id, depth from research_domains where code = '${broader}'`
   }`

describe('no body is above itself', () => {
  const put = (code: string, parent: string) =>
    `update signatories s set parent_id = p.id, parent_depth = p.depth from signatories p
     where s.code = '${code}' and p.code = '${parent}'`
  /** Which constraint fails first is up to PostgreSQL. */
  const cycle = /^signatories_(parent_fk|depth_check)$/
  const chain = [signatory('A1'), signatory('A2', 'A1'), signatory('A3', 'A2'), signatory('A4', 'A3')]

  test('neither directly nor through its descendants', async () => {
    await refused(cycle, ...chain, put('A1', 'A1'))
    await refused(cycle, ...chain, put('A1', 'A2'))
    await refused(cycle, ...chain, put('A1', 'A4'))
    await refused(cycle, ...chain, put('A2', 'A4'))
  })

  test('and its depth is one more than its parent’s', async () => {
    const wrong = (depth: string) => `update signatories set parent_depth = ${depth} where code = 'A3'`
    await refused('signatories_parent_fk', ...chain, wrong('0'))
    await refused('signatories_parent_check', ...chain, wrong('null'))
    const orphan = `update signatories set parent_id = null where code = 'A3'`
    await refused('signatories_parent_check', ...chain, orphan)
  })

  test('and a move updates the depth of all descendants', async () => {
    const deep = (code: string, depth: number) =>
      `do $$ begin assert (select depth from signatories where code = '${code}') = ${depth}; end $$`
    const up = `update signatories set parent_id = null, parent_depth = null where code = 'A3'`
    await allowed(
      ...chain,
      deep('A4', 3),
      up,
      deep('A3', 0),
      deep('A4', 1),
      put('A1', 'A4'),
      deep('A1', 2),
      deep('A2', 3),
    )
  })

  test('and the depth is at most nine', async () => {
    const nine = Array.from({ length: 9 }, (_, i) => signatory(`N${i}`, i === 0 ? null : `N${i - 1}`))
    await allowed(...nine)
    await refused('signatories_depth_check', ...nine, signatory('N9', 'N8'))
    await refused('signatories_depth_check', ...nine, signatory('TOP'), put('N0', 'TOP'))
  })
})

describe('no research domain is broader than itself', () => {
  const put = (code: string, broader: string) =>
    `update research_domains d set broader_id = b.id, broader_depth = b.depth from research_domains b
     where d.code = '${code}' and b.code = '${broader}'`
  /** Which constraint fails first is up to PostgreSQL. */
  const cycle = /^research_domains_(broader_fk|depth_check)$/
  const chain = [domain('a1'), domain('a2', 'a1'), domain('a3', 'a2')]

  test('neither directly nor through narrower ones', async () => {
    await refused(cycle, ...chain, put('a1', 'a1'))
    await refused(cycle, ...chain, put('a1', 'a2'))
    await refused(cycle, ...chain, put('a1', 'a3'))
  })

  test('and none has a broader one in another scheme', async () => {
    await refused('research_domains_broader_fk', domain('b1'), domain('b2', 'b1', 'elsewhere'))
    await refused(
      'research_domains_broader_fk',
      ...chain,
      `update research_domains set scheme = 'else' where code = 'a2'`,
    )
  })
})

describe('the registry', () => {
  test('has no agency without a body above it', async () => {
    await refused('signatories_party_check', signatory('AGY', null, { kind: 'agency' }))
    await allowed(signatory('AGY', 'US', { kind: 'agency' }))
    await refused(
      'signatories_party_check',
      signatory('AGY', 'US', { kind: 'agency' }),
      `update signatories set parent_id = null, parent_depth = null where code = 'AGY'`,
    )
  })

  test('has each code once, in capitals for bodies and in lower case for domains', async () => {
    await refused('signatories_code_key', signatory('US'))
    await refused('signatories_code_check', signatory('us'))
    await refused('signatories_code_check', `update signatories set code = 'Us' where code = 'US'`)
    await refused('research_domains_code_key', domain('2.1', null, 'ford'))
    await refused('research_domains_code_check', domain('Floods'))
    await allowed(domain('2.1'))
  })

  test('keeps entries that agreements and other entries use', async () => {
    const remove = (code: string) => `delete from signatories where code = '${code}'`
    await allowed(remove('AD'))
    await refused('agreement_parties_party_fk', remove('US'))
    await refused('signatures_signatory_fk', inSignatures(one.id, 2), remove('AD'))
    const act = {
      preferred: 'true',
      event: `'ratified'`,
      signatory_id: `(select id from signatories where code = 'AD')`,
    }
    await refused('dates_signatory_fk', inDates(one.id, act), remove('AD'))
    await refused('agreement_domains_domain_fk', `delete from research_domains where scheme = 'ford' and code = '2.1'`)
    await refused('research_domains_broader_fk', `delete from research_domains where scheme = 'ford' and code = '1'`)
    await refused('signatories_parent_fk', signatory('UP'), signatory('DOWN', 'UP'), remove('UP'))
  })

  test('accepts only known kinds', async () => {
    await refused('signatories_kind_check', signatory('X1', null, { kind: 'planet' }))
  })
})

describe('sources', () => {
  test('belong to the agreement that names them', async () => {
    await refused('signatures_source_fk', inSignatures(one.id, 1, `'nowhere'`))
    await refused('dates_source_fk', `update dates set source_key = 'nowhere' where id = ${one.dates[1]}`)
    await refused(
      'agreement_claims_source_fk',
      `update agreement_claims set source_key = 'x' where agreement_id = ${one.id}`,
    )
    await refused(
      'agreement_statements_source_fk',
      `insert into agreement_statements values (${one.id}, 0, 'in_force', '2021-02-28', 'x')`,
    )
    await refused('signatures_source_fk', inSignatures(other.id, 1, `'article'`))
    await allowed(inSignatures(one.id, 1, `'article'`))
  })

  test('cannot be deleted while in use', async () => {
    await refused('dates_source_fk', `delete from sources where agreement_id = ${one.id}`)
  })
})

describe('a number of an agreement', () => {
  const remove = `update agreements set deleted_at = now() where id = `

  test('is unique: a reference', async () => {
    const takes = `update agreements set reference_key = (select reference_key from agreements where id = ${one.id}) where id = ${other.id}`
    await refused('agreements_reference_key', takes)
    await allowed(`${remove}${one.id}`, takes)
    await refused(
      'agreements_reference_key',
      `${remove}${one.id}`,
      takes,
      `update agreements set deleted_at = null where id = ${one.id}`,
    )
  })

  test('is unique: an identifier, until the agreement is deleted', async () => {
    const takes = `insert into agreement_identifiers (agreement_id, scheme, value, key, position, active)
      select ${other.id}, scheme, value, key, position, true
      from agreement_identifiers where agreement_id = ${one.id}`
    const inactive = `update agreement_identifiers set active = false where agreement_id = ${one.id}`
    await refused('agreement_identifiers_key_key', takes)
    await allowed(inactive, takes)
    await refused('agreement_identifiers_key_key', inactive, takes, inactive.replace('false', 'true'))
  })
})

describe('periods', () => {
  test('do not end before they begin, and are not empty', async () => {
    const from = (first: string, last: string) => ({
      preferred: 'true',
      event: `'adopted'`,
      first_day: first,
      last_day: last,
    })
    await refused('dates_period_check', inDates(one.id, from(`'2020-01-02'`, `'2020-01-01'`)))
    await allowed(inDates(one.id, from(`'2020-01-02'`, `'2020-01-02'`)))
    await allowed(inDates(one.id, from('null', `'2020-01-02'`)))
    const effect = { effective_first_day: `'2020-01-02'`, effective_last_day: `'2020-01-01'` }
    await refused('dates_effective_check', inDates(one.id, { preferred: 'true', event: `'adopted'`, ...effect }))
  })
})

describe('values are those of the API', () => {
  test.each([
    ['agreements_type_check', (id: string) => `update agreements set type = 'pact' where id = ${id}`],
    ['agreements_binding_check', (id: string) => `update agreements set binding = 'perhaps' where id = ${id}`],
    [
      'agreement_listings_status_check',
      (id: string) => `update agreement_listings set status = 'alive' where agreement_id = ${id}`,
    ],
    ['agreements_term_check', (id: string) => `update agreements set term = '{"atEnd":"maybe"}' where id = ${id}`],
    [
      'agreements_entry_check',
      (id: string) => `update agreements set entry_into_force = '{"on":"x"}' where id = ${id}`,
    ],
    ['dates_event_check', (id: string) => inDates(id, { event: `'dreamt'`, preferred: 'true' })],
    ['dates_occurrence_check', (id: string) => inDates(id, { occurrence: '0', preferred: 'true' })],
    ['signatures_role_check', (id: string) => `update signatures set role = 'sang' where agreement_id = ${id}`],
    [
      'signatures_representative_check',
      (id: string) => `update signatures set representative_office = 'Minister' where agreement_id = ${id}`,
    ],
    [
      'agreement_claims_assessment_check',
      (id: string) => `update agreement_claims set assessment = 'x' where agreement_id = ${id}`,
    ],
    [
      'agreement_statements_status_check',
      (id: string) => `insert into agreement_statements values (${id}, 0, 'unknown', '2021-02-28', null)`,
    ],
    [
      'agreement_listings_basis_check',
      (id: string) => `update agreement_listings set status_basis = 'guessed' where agreement_id = ${id}`,
    ],
    [
      'agreement_relations_kind_check',
      (id: string) => `insert into agreement_relations values (${id}, 0, 'likes', ${other.id})`,
    ],
    [
      'agreement_relations_self_check',
      (id: string) => `insert into agreement_relations values (${id}, 0, 'cites', ${id})`,
    ],
    [
      'agreement_relations_related_fk',
      (id: string) => `insert into agreement_relations values (${id}, 0, 'cites', gen_random_uuid())`,
    ],
    [
      'agreement_versions_cause_check',
      (id: string) => `update agreement_versions set cause = 'fate' where agreement_id = ${id}`,
    ],
    [
      'agreement_versions_operation_check',
      (id: string) => `update agreement_versions set operation = 'x' where agreement_id = ${id}`,
    ],
  ])('%s', async (constraint, statement) => {
    await refused(constraint, statement(one.id))
  })
})

test('an error at COMMIT is reported like any other', async () => {
  const commit = register.db.transaction((db) =>
    db.query(sql.raw(`delete from signatures where id = ${one.signatures[1]}`)),
  )
  await expect(commit).rejects.toMatchObject({ constraint: 'agreements_side2_fk' })
  const { api } = register
  await api.get(`/v1/agreements/${one.id.replaceAll("'", '')}`).expect(200)
})
