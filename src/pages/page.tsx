import { type ComponentChildren, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { renderToString } from 'preact-render-to-string'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasRole, type Session } from '../auth/callers.ts'
import { linkTo } from '../http/addresses.ts'
import { sendTagged, varying } from '../http/responses.ts'
import { canonicalOf } from './asked.ts'
import { signInAt } from './sign-in/place.ts'

/** Adds what a proxy puts in front of a path of this server. */
export const Addresses = createContext((path: string): string => path)

interface Link extends Pick<
  preact.AnchorHTMLAttributes,
  'rel' | 'target' | 'class' | 'tabIndex' | 'aria-current' | 'aria-label'
> {
  to: string
  children: ComponentChildren
}

/** A link to a path of this server. */
export function A({ to, children, ...rest }: Link) {
  return (
    <a href={useContext(Addresses)(to)} {...rest}>
      {children}
    </a>
  )
}

/** A picture at a path of this server. */
export function Picture({ of, ...rest }: { of: string; alt: string; width?: number; height?: number }) {
  return <img src={useContext(Addresses)(of)} {...rest} />
}

/** What may be wider than a small screen: it scrolls by itself, also by the keyboard. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  )
}

/** A text in which backticks enclose codes. */
export const Coded = ({ text }: { text: string }) => (
  <>{text.split('`').map((part, i) => (i % 2 === 1 ? <code>{part}</code> : part))}</>
)

/** A name and what it is, in a list of facts. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** A form whose fields are the query of a page. */
export function Form({ to, children }: { to: string; children: ComponentChildren }) {
  return (
    <form class="search" method="get" action={useContext(Addresses)(to)}>
      {children}
    </form>
  )
}

interface PostFormProps extends Pick<preact.FormHTMLAttributes, 'class' | 'enctype'> {
  to: string
  children: ComponentChildren
}

/** A form that changes something when it is sent. */
export function PostForm({ to, children, ...rest }: PostFormProps) {
  return (
    <form method="post" action={useContext(Addresses)(to)} {...rest}>
      {children}
    </form>
  )
}

export interface Page {
  title: string
  /** The path at which the API answers with what the page shows; null when it shows nothing of the register. */
  api: string | null
  /** What the page shows, in a sentence, for those who find it by a search engine. */
  description?: string
  /** Its path, where it has several; null for what has no address of its own. Default: the one it is asked for by. */
  canonical?: string | null
  body: ComponentChildren
  /** Whether it runs the script of this server: a page with a form that looks up names. */
  script?: boolean
  /** The path to which the browser goes on by itself. */
  onward?: string
}

interface WholePage extends Page {
  session: Session | undefined
  /** Where signing in comes back to; null on pages that ask to sign in. */
  here: string | null
}

/** Who is signed in, and what only they may do. */
function SignedIn({ session, here }: Pick<WholePage, 'session' | 'here'>) {
  if (session === undefined) {
    return here === null ? null : (
      <A to={signInAt(here)} rel="nofollow">
        Sign in
      </A>
    )
  }
  const { caller, name } = session
  return (
    <PostForm to="/sign-out" class="account">
      <span>
        <bdi>{name}</bdi> ({caller.role ?? 'no role'})
      </span>
      <button>Sign out</button>
    </PostForm>
  )
}

function Whole({ title, api, description, canonical = null, body, onward, script = false, session, here }: WholePage) {
  const mayEdit = hasRole(session?.caller.role ?? null, 'editor')
  const address = useContext(Addresses)
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title === 'Entente' ? title : `${title} – Entente`}</title>
        <link rel="icon" type="image/svg+xml" href={address('/pages.svg')} />
        <link rel="stylesheet" href={address('/pages.css')} />
        {script && <script defer src={address('/pages.js')} />}
        {onward !== undefined && <meta http-equiv="refresh" content={`0;url=${address(onward)}`} />}
        {description !== undefined && <meta name="description" content={description} />}
        {canonical !== null && <link rel="canonical" href={address(canonical)} />}
        {api !== null && <link rel="alternate" type="application/json" href={address(api)} />}
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <header>
          <strong>
            <A to="/">Entente</A>
          </strong>
          <nav aria-label="Register">
            <A to="/agreements">Agreements</A>
            <A to="/map">Map</A>
            <A to="/statistics">Statistics</A>
            <A to="/deadlines">Deadlines</A>
            <A to="/docs">API and questions</A>
            {mayEdit && (
              <>
                <A to="/agreements/new">Add an agreement</A>
                <A to="/drafts">From a text</A>
                <A to="/imports">Import</A>
              </>
            )}
          </nav>
          <SignedIn session={session} here={here} />
        </header>
        <main id="content">{body}</main>
        <footer>
          <nav aria-label="Lists">
            <A to="/signatories">Parties and bodies</A>
            <A to="/research-domains">Research domains</A>
            <A to="/collections">Collections</A>
            {api !== null && <A to={api}>This page as JSON</A>}
          </nav>
        </footer>
      </body>
    </html>
  )
}

/** A page as HTML. */
const htmlOf = (request: FastifyRequest, page: Page): string => {
  const address = (path: string): string => linkTo(request, path)
  const body = renderToString(
    <Addresses.Provider value={address}>
      <Whole {...page} canonical={canonicalIn(request, page)} session={request.session} here={placeOf(request)} />
    </Addresses.Provider>,
  )
  return `<!doctype html>${body}`
}

/** The one path of a page. What shows nothing of the register has none. */
const canonicalIn = ({ url }: FastifyRequest, { api, canonical }: Page): string | null =>
  canonical === undefined && api !== null ? canonicalOf(url) : (canonical ?? null)

/** Where signing in comes back to: the page itself, or the start if it is the answer to a form; null on the page to sign in. */
function placeOf({ method, url }: FastifyRequest): string | null {
  if (/^\/sign-in(?:$|\?)/.test(url)) return null
  return (method === 'GET' || method === 'HEAD') && !url.startsWith('/sign-in/') ? url : '/'
}

/** A page loads nothing but the style sheet of this server, and sends forms to this server only. */
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join(';')

/** A page with a form also runs the script of this server, and looks up names as one types. */
const scriptPolicy = `${policy};script-src 'self';connect-src 'self'`

/**
 * With the policy `no-referrer` of the API, browsers would send forms with `Origin: null`. It remains where an issuer leads
 * back to, since there is a code in that address, and no form.
 */
const headersOf = ({ url }: FastifyRequest, { script = false }: Page) => ({
  'content-security-policy': script ? scriptPolicy : policy,
  'referrer-policy': url.startsWith('/sign-in/') ? 'no-referrer' : 'same-origin',
})

/**
 * Tells caches that what is sent is for the person who is signed in. Not `no-store`: a browser would then forget what was
 * typed into a form when one goes back to it.
 */
export const cachePrivately = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  varying(reply, 'cookie').header('cache-control', request.session === undefined ? 'no-cache' : 'private, no-cache')

/** Sends a page with its tag, or 304 when the client has it. */
export function sendHtml(request: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply {
  void cachePrivately(request, reply).headers(headersOf(request, page))
  return sendTagged(request, reply, htmlOf(request, page), 'text/html; charset=utf-8')
}

/** Sends a page that no cache keeps: what is wrong with one request. */
export function sendNotice(request: FastifyRequest, reply: FastifyReply, status: number, page: Page): FastifyReply {
  void reply.code(status).headers({ 'cache-control': 'no-store', ...headersOf(request, page) })
  return reply.type('text/html; charset=utf-8').send(htmlOf(request, page))
}

/** Sends a page with a form, of its own for each request. It stays in the browser, so that one can go back to it. */
export function sendForm(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  page: Omit<Page, 'script'>,
): FastifyReply {
  const withScript = { ...page, script: true }
  void cachePrivately(request, reply).code(status).headers(headersOf(request, withScript))
  return reply.type('text/html; charset=utf-8').send(htmlOf(request, withScript))
}
