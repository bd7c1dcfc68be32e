/** Express with Prisma. `node server.js DATABASE_URL`; prints its address. */
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '@prisma/client'
import express from 'express'

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.argv[2], max: 10 }) })
const whole = {
  parties: { include: { party: true } },
  dates: true,
  domains: { include: { domain: true } },
  sources: true,
  identifiers: true,
}

const app = express()
app.use(express.json())

app.get('/agreements/:id', async (request, response) => {
  const found = await prisma.agreement.findUnique({ where: { id: request.params.id }, include: whole })
  if (found) response.json(found)
  else response.status(404).json({ title: 'Not found' })
})

app.get('/agreements', async (request, response) => {
  const { party, domain } = request.query
  const items = await prisma.agreement.findMany({
    where: {
      parties: { some: { party: { code: party } } },
      domains: { some: { domainId: { in: String(domain).split(',') } } },
    },
    orderBy: [{ signed: { sort: 'desc', nulls: 'last' } }, { id: 'desc' }],
    take: 25,
    include: whole,
  })
  response.json({ items })
})

app.post('/agreements', async (request, response) => {
  const { parties, domains, dates, sources, identifiers, ...own } = request.body
  const bodies = await prisma.party.findMany({ where: { code: { in: parties.map(({ code }) => code) } } })
  const ids = new Map(bodies.map(({ id, code }) => [code, id]))
  const created = await prisma.agreement.create({
    data: {
      ...own,
      signed: own.signed && new Date(own.signed),
      parties: { create: parties.map(({ code, ...party }) => ({ ...party, partyId: ids.get(code) })) },
      domains: { create: domains.map((domainId) => ({ domainId })) },
      dates: {
        create: dates.map((date) => ({
          ...date,
          firstDay: date.firstDay && new Date(date.firstDay),
          lastDay: date.lastDay && new Date(date.lastDay),
        })),
      },
      sources: { create: sources },
      identifiers: { create: identifiers },
    },
    include: whole,
  })
  response.status(201).json(created)
})

const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
