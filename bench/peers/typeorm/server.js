/** NestJS with TypeORM. `node server.js DATABASE_URL`; prints its address. Decorators are applied as functions. */
import 'reflect-metadata'
import { Body, Controller, Get, Inject, Module, NotFoundException, Param, Post, Query } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm'
import { In } from 'typeorm'
import { Agreement, entities, Party } from './entities.js'

const relations = { parties: { party: true }, dates: true, domains: { domain: true }, sources: true, identifiers: true }

class AgreementsController {
  constructor(source) {
    this.agreements = source.getRepository(Agreement)
    this.parties = source.getRepository(Party)
  }

  async one(id) {
    const found = await this.agreements.findOne({ where: { id }, relations })
    if (!found) throw new NotFoundException()
    return found
  }

  /** The ids of the page first, then the whole agreements: a limit on a join would count its rows. */
  async list(party, domain) {
    const page = await this.agreements
      .createQueryBuilder('a')
      .select('a.id', 'id')
      .where((query) => {
        const ofParty = query
          .subQuery()
          .select('p.agreement_id')
          .from('AgreementParty', 'p')
          .innerJoin('p.party', 'party')
          .where('party.code = :party')
        return `a.id in ${ofParty.getQuery()}`
      })
      .andWhere((query) => {
        const ofDomain = query.subQuery().select('d.agreement_id').from('AgreementDomain', 'd')
        return `a.id in ${ofDomain.where('d.domain_id in (:...domains)').getQuery()}`
      })
      .setParameters({ party, domains: domain.split(',') })
      .orderBy('a.signed', 'DESC', 'NULLS LAST')
      .addOrderBy('a.id', 'DESC')
      .limit(25)
      .getRawMany()
    const ids = page.map(({ id }) => id)
    const found = await this.agreements.find({ where: { id: In(ids) }, relations })
    return { items: ids.map((id) => found.find((agreement) => agreement.id === id)) }
  }

  async create({ parties, domains, ...own }) {
    const bodies = await this.parties.find({ where: { code: In(parties.map(({ code }) => code)) } })
    const ids = new Map(bodies.map(({ id, code }) => [code, id]))
    const created = this.agreements.create({
      ...own,
      parties: parties.map(({ code, ...party }) => ({
        ...party,
        partyId: ids.get(code),
        party: { id: ids.get(code) },
      })),
      domains: domains.map((domainId) => ({ agreementId: own.id, domainId })),
    })
    await this.agreements.insert(own)
    await this.agreements.save(created)
    return this.one(own.id)
  }
}

const describe = (name, route, ...parameters) => {
  const prototype = AgreementsController.prototype
  parameters.forEach((parameter, i) => parameter(prototype, name, i))
  route(prototype, name, Object.getOwnPropertyDescriptor(prototype, name))
}
describe('one', Get(':id'), Param('id'))
describe('list', Get(), Query('party'), Query('domain'))
describe('create', Post(), Body())
Inject(getDataSourceToken())(AgreementsController, undefined, 0)
Controller('agreements')(AgreementsController)

class AppModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'postgres', url: process.argv[2], entities, synchronize: false, extra: { max: 10 } }),
  ],
  controllers: [AgreementsController],
})(AppModule)

const app = await NestFactory.create(AppModule, { logger: ['error'] })
await app.listen(0, '127.0.0.1')
console.log(`http://127.0.0.1:${app.getHttpServer().address().port}`)
