/** A common implementation: Fastify and pg, with a named query that builds the JSON of the agreement at each read. */
import Fastify from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.argv[2]!, max: 10, idleTimeoutMillis: 0 })
const app = Fastify()

const one = (select: string) => `(select coalesce(json_agg(${select}), '[]') from`
const text = `
  select json_build_object('id', a.id, 'version', a.version, 'reference', a.reference, 'title', a.title, 'type', a.type,
    'binding', a.binding, 'summary', a.summary, 'languages', a.languages, 'status', l.status,
    'signatories', ${one(`json_build_object('id', s.id, 'side', s.side, 'role', s.role, 'signatory',
      json_build_object('id', b.id, 'code', b.code, 'name', b.name, 'kind', b.kind))`)}
      signatures s join signatories b on b.id = s.signatory_id where s.agreement_id = a.id),
    'dates', ${one('row_to_json(d)')} dates d where d.agreement_id = a.id),
    'researchDomains', ${one('row_to_json(r)')} agreement_domains ad join research_domains r on r.id = ad.domain_id
      where ad.agreement_id = a.id),
    'sources', ${one('row_to_json(s)')} sources s where s.agreement_id = a.id))::text as document
  from agreements a join agreement_listings l on l.agreement_id = a.id where a.id = $1`

app.get<{ Params: { id: string } }>('/v1/agreements/:id', async (request, reply) => {
  const { rows } = await pool.query<{ document: string }>({ name: 'read', text, values: [request.params.id] })
  return rows[0] ? reply.type('application/json').send(rows[0].document) : reply.code(404).send()
})

console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
process.stdin.on('end', () => process.exit()).resume()
