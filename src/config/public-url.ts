import { z } from 'zod'
import { isPrefix } from '../shared/prefix.ts'
import { about } from './read-settings.ts'

/** The first segments of the paths of the API. A prefix that begins with one could not be told from such a path. */
const ownPaths = [
  'v1',
  'docs',
  'openapi.json',
  'problems',
  'mcp',
  'llms.txt',
  'livez',
  'readyz',
  'metrics',
  '.well-known',
]

/** An absolute URL as its origin and its path, without a slash at the end. */
const Address = z.string().transform((text, context) => {
  const url = /^https?:\/\/[^/?#@\\]+(?:\/[^?#\\]*)?$/.test(text) && URL.canParse(text) ? new URL(text) : undefined
  // Not `pathname`, in which `..` and what must be encoded would be resolved.
  const prefix = text.replace(/^https?:\/\/[^/]*/, '').replace(/\/$/, '')
  if (url && isPrefix(prefix) && !ownPaths.includes(prefix.split('/')[1] ?? '')) return { origin: url.origin, prefix }
  context.addIssue({ code: 'custom' })
  return z.NEVER
})

/** The setting `PUBLIC_URL`. */
export const PublicUrl = Address.optional().register(about, {
  description:
    'The URL at which clients find the API, when a proxy is in front: all addresses in responses begin with its path, those in CSV files, calendars and the OpenAPI document with the whole URL. Requests are accepted with and without this path. See [operations](operations.md#behind-a-proxy).',
  allowed:
    'an http:// or https:// URL such as https://example.org/register, without user, query and fragment; its path only letters, digits, `.`, `_`, `~` and `-` between slashes, at most 200 characters, and not below a path of the API such as /v1 or /docs',
  unset:
    'the path in `X-Forwarded-Prefix` and the host to which the request was sent; the header counts only if it comes from one of `TRUSTED_PROXIES`',
})
