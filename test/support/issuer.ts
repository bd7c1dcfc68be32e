import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { OidcSettings } from '../../src/config/openid-connect.ts'

const audience = 'https://register.example.org'

interface SigningKey {
  kid: string
  privateKey: CryptoKey
  publicKey: CryptoKey
  jwk: JWK
}

export type Claims = Record<string, unknown>

/** Blanks, in blocks of 64 KiB at most, and a text. */
function* blocks(blanks: number, text: string): Generator<string> {
  for (let left = blanks; left > 0; left -= 65_536) yield ' '.repeat(Math.min(left, 65_536))
  yield text
}

/** The secret of a client in HTTP Basic, whose parts are encoded as in forms (RFC 6749, section 2.3.1). */
function secretIn({ headers }: IncomingMessage): string | undefined {
  const [, encoded] = headers.authorization?.split('Basic ') ?? []
  const [, secret] = Buffer.from(encoded ?? '', 'base64')
    .toString()
    .split(':')
  return secret === undefined ? undefined : new URLSearchParams(`secret=${secret}`).get('secret')!
}

/** What the issuer remembers of a person who agreed to sign in. */
interface Agreed {
  asked: URLSearchParams
  idToken: Claims
  accessToken: Claims
}

/** An OpenID Connect issuer on a free port of the loopback interface. */
export class Issuer {
  #server: Server
  #keys: SigningKey[] = []
  readonly url: string
  /** How often its keys were fetched. */
  fetched = 0
  /** How many requests it has received. */
  requests = 0
  /** Whether every request gets 500. */
  broken = false
  /** The origin to which it redirects every request. */
  elsewhere: string | undefined
  /** What it publishes among its keys, in front of them. */
  others: unknown[] = []
  /** How many bytes of blanks it sends in front of everything. */
  blanks = 0
  /** How many bytes it has sent, or handed to the operating system. */
  sent = 0
  /** Where its discovery document says that its keys are. Default: where they are. */
  keysAt: string | undefined
  /** Those who agreed to sign in, by the code that they got. */
  readonly #agreed = new Map<string, Agreed>()
  /** What it knows of its client; undefined: it is a public one. */
  clientSecret: string | undefined
  /** The issuer named in its discovery document. */
  name: string

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.name = this.url
    server.on('connection', (socket) => socket.on('close', () => (this.sent += socket.bytesWritten)))
    server.on('request', (request, answer) => void this.#receive(request, answer))
  }

  async #receive(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { url } = request
    this.requests += 1
    if (this.broken) answer.writeHead(500)
    if (this.elsewhere) answer.writeHead(302, { location: `${this.elsewhere}${url}` })
    const content: object | undefined = this.broken || this.elsewhere ? undefined : await this.#answerTo(request)
    if (content !== undefined) {
      answer.writeHead('error' in content ? 400 : 200, { 'content-type': 'application/json' })
    }
    const body = content === undefined ? '' : JSON.stringify(content)
    await pipeline(Readable.from(blocks(this.blanks, body)), answer).catch(() => {})
  }

  async #answerTo(request: IncomingMessage): Promise<object> {
    if (request.url === '/token') return this.#tokensFor(request)
    if (request.url !== '/keys') {
      return {
        issuer: this.name,
        jwks_uri: this.keysAt ?? `${this.url}/keys`,
        authorization_endpoint: `${this.url}/authorize`,
        token_endpoint: `${this.url}/token`,
      }
    }
    this.fetched += 1
    return { keys: [...this.others, ...this.#keys.map(({ jwk }) => jwk)] }
  }

  /** Agrees, in the name of a person, to what a register asked at `address`. @returns where the browser is led back to */
  agree(address: string, { idToken = {}, accessToken = {} }: Partial<Agreed> = {}): string {
    const asked = new URL(address).searchParams
    const code = `code-${crypto.randomUUID()}`
    this.#agreed.set(code, { asked, idToken, accessToken })
    const back = new URL(asked.get('redirect_uri')!)
    back.search = new URLSearchParams({ code, state: asked.get('state')! }).toString()
    return back.href
  }

  /** Redeems a code, once, for the client that asked, with the verifier to its challenge. */
  async #tokensFor(request: IncomingMessage): Promise<object> {
    const form = new URLSearchParams(await text(request))
    const agreed = this.#agreed.get(form.get('code')!)
    const asked = agreed?.asked
    this.#agreed.delete(form.get('code')!)
    const challenge = createHash('sha256').update(form.get('code_verifier')!).digest('base64url')
    const id = asked?.get('client_id')
    if (secretIn(request) !== this.clientSecret) return { error: 'invalid_client' }
    if (challenge !== asked?.get('code_challenge') || form.get('redirect_uri') !== asked.get('redirect_uri')) {
      return { error: 'invalid_grant' }
    }
    return {
      token_type: 'Bearer',
      access_token: await this.token(agreed!.accessToken),
      id_token: await this.token({ aud: id, nonce: asked.get('nonce')!, ...agreed!.idToken }),
    }
  }

  static async start(alg = 'RS256'): Promise<Issuer> {
    const server = createServer()
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
    const issuer = new Issuer(server)
    await issuer.rotate({ alg })
    return issuer
  }

  /** Replaces the signing key by a new one. The old one stays among its keys only with `keep`. */
  async rotate({ keep = false, named = true, alg = 'RS256' } = {}): Promise<void> {
    const kid = named ? crypto.randomUUID() : ''
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), use: 'sig', alg, ...(kid && { kid }) }
    this.#keys = [{ kid, privateKey, publicKey, jwk }, ...(keep ? this.#keys : [])]
  }

  get key(): SigningKey {
    return this.#keys[0]!
  }

  /** A valid token with these claims and headers; an undefined claim is left out. */
  async token(claims: Claims = {}, header: object = {}, key = this.key): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const all = { iss: this.url, aud: audience, sub: 'someone', iat: now, exp: now + 600, ...claims }
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    const protectedHeader = { alg: key.jwk.alg!, ...(key.kid && { kid: key.kid }), ...header }
    return new SignJWT(given).setProtectedHeader(protectedHeader).sign(key.privateKey)
  }

  settings(over: Partial<OidcSettings> = {}): OidcSettings {
    return {
      issuer: this.url,
      audience,
      algorithms: ['RS256', 'ES256'],
      roleClaim: 'roles',
      roles: new Map([
        ['register-readers', 'reader'],
        ['register-editors', 'editor'],
        ['register-admins', 'admin'],
      ]),
      ...over,
    }
  }

  /** Stops listening. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((settle) => this.#server.close(settle))
  }
}
