import { type ComponentChildren, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { renderToString } from 'preact-render-to-string'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { linkTo } from '../http/addresses.ts'
import { sendTagged } from '../http/responses.ts'

/** Adds what a proxy puts in front of a path of this server. */
const Addresses = createContext((path: string): string => path)

interface Link extends Pick<preact.AnchorHTMLAttributes, 'rel' | 'class' | 'tabIndex' | 'aria-current' | 'aria-label'> {
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

/** A form that changes something when it is sent. */
export function PostForm({ to, children, ...rest }: { to: string; class?: string; children: ComponentChildren }) {
  return (
    <form method="post" action={useContext(Addresses)(to)} {...rest}>
      {children}
    </form>
  )
}

interface Page {
  title: string
  /** The path at which the API answers with what the page shows; null when it shows nothing of the register. */
  api: string | null
  body: ComponentChildren
}

function Whole({ title, api, body }: Page) {
  const address = useContext(Addresses)
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title === 'Entente' ? title : `${title} – Entente`}</title>
        <link rel="icon" type="image/svg+xml" href={address('/pages.svg')} />
        <link rel="stylesheet" href={address('/pages.css')} />
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
          </nav>
        </header>
        <main id="content">{body}</main>
        <footer>{api !== null && <A to={api}>This page as JSON</A>}</footer>
      </body>
    </html>
  )
}

/** A page as HTML. */
export const htmlOf = (request: FastifyRequest, page: Page): string => {
  const address = (path: string): string => linkTo(request, path)
  const body = renderToString(
    <Addresses.Provider value={address}>
      <Whole {...page} />
    </Addresses.Provider>,
  )
  return `<!doctype html>${body}`
}

/** A page loads nothing but the style sheet of this server, and sends forms to this server only. */
export const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join(';')

/** Sends a page with its tag, or 304 when the client has it. */
export function sendHtml(request: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply {
  void reply.header('cache-control', 'no-cache').header('content-security-policy', policy)
  return sendTagged(request, reply, htmlOf(request, page), 'text/html; charset=utf-8')
}
