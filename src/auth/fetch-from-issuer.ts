/** Timeout of a request to the issuer, in milliseconds. */
export const issuerTimeout = 5_000

/** Maximum size of what an issuer sends, in bytes, decompressed. */
const maxSize = 512 * 1024

/**
 * The JSON at an address of the issuer. Redirects are not followed.
 * @throws Error when it is not there in time, is larger than 512 KiB or is not JSON
 */
export async function fetchFromIssuer(address: string): Promise<unknown> {
  const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(issuerTimeout) })
  if (answer.status !== 200) {
    await answer.body?.cancel()
    throw new Error(`${address} responded with ${answer.status}.`)
  }
  return JSON.parse(await textOf(answer, address)) as unknown
}

export async function textOf({ body }: Response, address: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > maxSize) throw new Error(`${address} sent more than ${maxSize} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
