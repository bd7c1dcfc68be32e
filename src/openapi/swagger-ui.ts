import { readFileSync } from 'node:fs'
import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui'

const file = (name: string): string => readFileSync(new URL(`../../ui/${name}`, import.meta.url), 'utf8')

/** The modules that `page.js` loads, by name; they are beside it. */
export const modules: ReadonlyMap<string, string> = new Map(
  ['workplace', 'answers', 'filter', 'forms', 'keys', 'names', 'requests'].map((name) => [
    `${name}.js`,
    file(`${name}.js`),
  ]),
)

/** Swagger UI loads its own files only. `upgrade-insecure-requests` would break it over plain HTTP. */
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

/** Swagger UI for analysts: every operation can be tried immediately, and optional parameters are empty. */
export const workplace: FastifySwaggerUiOptions = {
  routePrefix: '/docs',
  // The page finds its files by relative addresses, whatever path a proxy puts in front.
  indexPrefix: '.',
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
