// What is sent, and how a file that is received keeps its bytes.

/** Begins a note that is encoded by RFC 8187. */
const extended = "UTF-8''"

/** A header as a browser can send it: as it is when it is visible ASCII, else in the form of RFC 8187. */
const sendable = (text) =>
  /^[ -~]*$/.test(text) && !/^utf-8'/i.test(text) ? text : extended + encodeURIComponent(text)

/** Unlike `Response.text`, leaves the byte order mark in a file to download, by which Excel knows that it is UTF-8. */
async function fetchWhole(url, request) {
  const response = await fetch(url, request)
  if (!/^attachment/i.test(response.headers.get('content-disposition') ?? '')) return response
  const text = async () => new TextDecoder('utf-8', { ignoreBOM: true }).decode(await response.arrayBuffer())
  return Object.assign(response, { text })
}

/** Changes a request of Swagger UI before it is sent. */
export function prepare(request) {
  const note = request.headers?.['X-Change-Note']
  if (note !== undefined) request.headers['X-Change-Note'] = sendable(note)
  if (!request.loadSpec) request.userFetch = fetchWhole
  return request
}
