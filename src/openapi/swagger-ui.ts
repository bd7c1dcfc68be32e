import { readFileSync } from 'node:fs'
import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui'

const file = (name: string): string => readFileSync(new URL(`../../ui/${name}`, import.meta.url), 'utf8')

/** The Swagger UI's pages load what is theirs, and nothing else. `upgrade-insecure-requests` would blank them over plain http. */
const contentSecurityPolicy = {
  'default-src': "'self'",
  'base-uri': "'self'",
  'font-src': "'self' data:",
  'frame-ancestors': "'self'",
  'img-src': "'self' data:",
  'object-src': "'none'",
  'script-src': "'self'",
  'script-src-attr': "'none'",
  'style-src': "'self'",
}

/** Swagger UI as an analyst's workplace: everything can be tried at once, and nothing is filled in that was not asked for. */
export const workplace: FastifySwaggerUiOptions = {
  routePrefix: '/docs',
  staticCSP: contentSecurityPolicy,
  theme: {
    title: 'Entente: a register of bilateral agreements',
    css: [{ filename: 'page.css', content: file('page.css') }],
    js: [{ filename: 'page.js', content: file('page.js') }],
    favicon: [
      {
        filename: 'icon.svg',
        rel: 'icon',
        type: 'image/svg+xml',
        sizes: 'any',
        content: Buffer.from(file('icon.svg')),
      },
    ],
  },
  uiConfig: {
    layout: 'BaseLayout',
    tryItOutEnabled: true,
    persistAuthorization: true,
    deepLinking: true,
    displayRequestDuration: true,
    filter: true,
    validatorUrl: null,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
  },
}
