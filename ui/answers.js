// What the server answered: in words beside Execute, then focused.

/** Maximum length of text with syntax highlighting, in UTF-16 units: highlighting a megabyte takes a minute. */
const maxHighlighted = 100_000

/** Number of lines of large text that the browser lays out together, when they come into view. */
const linesPerPiece = 200

/** Large text without colours. */
function inPieces(React, text) {
  const lines = text.split('\n')
  const pieces = []
  for (let from = 0; from < lines.length; from += linesPerPiece) {
    const isLast = from + linesPerPiece >= lines.length
    const piece = lines.slice(from, from + linesPerPiece).join('\n') + (isLast ? '' : '\n')
    pieces.push(React.createElement('span', { className: 'piece', key: from }, piece))
  }
  return pieces
}

/** The operation whose answer is awaited: the keyboard goes there when it comes. */
let awaited

const problemIn = (response) => {
  try {
    return JSON.parse(response.get('text'))
  } catch {
    return {}
  }
}

/** Text with code between grave accents. */
const withCode = (React, text) =>
  text.split('`').map((part, index) => (index % 2 === 1 ? React.createElement('code', { key: index }, part) : part))

const errorItem = (React, { parameter, pointer, message, didYouMean }, key) =>
  React.createElement(
    'li',
    { key },
    React.createElement('strong', null, parameter ?? pointer ?? 'Request'),
    ': ',
    withCode(React, message),
    didYouMean === undefined ? null : withCode(React, ` Did you mean \`${[didYouMean].flat().join('`, `')}\`?`),
  )

function problemWords(React, response) {
  const { title = '', detail, errors = [] } = problemIn(response)
  const status = response.get('status')
  const words = detail ?? response.get('message') ?? ''
  const others = errors.filter(({ message }) => !words.includes(message))
  return [
    React.createElement('strong', { key: 'title' }, status ? `${status} ${title}` : 'No answer'),
    React.createElement('p', { key: 'detail' }, withCode(React, words)),
    others.length > 0 &&
      React.createElement(
        'ul',
        { key: 'errors' },
        others.map((error, index) => errorItem(React, error, index)),
      ),
  ]
}

const isProblem = (response) => response.get('error') === true || response.get('status') >= 400

function wordsFor(React, response, busy) {
  if (busy) return 'Waiting for the answer …'
  if (!response) return null
  if (isProblem(response)) return problemWords(React, response)
  return React.createElement('strong', null, `${response.get('status')}: see the response below.`)
}

/** The answer in words, announced when it comes. */
const withOutcome = (Execute, { React, specSelectors }) =>
  function ExecuteWithOutcome(props) {
    const { path, method, disabled } = props
    const response = specSelectors.responseFor(path, method)
    const outcome = React.useRef(null)
    React.useEffect(() => {
      if (!response || disabled || awaited !== `${method} ${path}`) return
      awaited = undefined
      const result = isProblem(response)
        ? undefined
        : outcome.current.closest('.opblock').querySelector('.live-response')
      const target = result ?? outcome.current
      target.focus({ preventScroll: true })
      result?.scrollIntoView({ block: 'start' })
    })
    const className = `outcome ${response && !disabled && isProblem(response) ? 'refused' : ''}`
    return React.createElement(
      React.Fragment,
      null,
      React.createElement(Execute, props),
      React.createElement(
        'div',
        { className, role: 'status', 'aria-live': 'polite', tabIndex: -1, ref: outcome },
        wordsFor(React, response, disabled),
      ),
    )
  }

/** A chart as a picture, with its file; other answers as they are. */
const withPicture = (Body, { React }) =>
  function BodyWithPicture(props) {
    const { content, contentType } = props
    if (!/^image\/svg\+xml\b/.test(contentType) || typeof content !== 'string') return React.createElement(Body, props)
    const src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(content)}`
    const alt = /aria-label="([^"]*)"/.exec(content)?.[1] ?? 'Chart'
    return React.createElement(
      'figure',
      { className: 'chart' },
      React.createElement('img', { src, alt }),
      React.createElement('a', { href: src, download: 'chart.svg' }, 'Download file'),
    )
  }

export const answers = {
  statePlugins: {
    spec: {
      wrapActions: {
        execute: (execute) => (request) => {
          awaited = `${request.method} ${request.path}`
          return execute(request)
        },
      },
    },
  },
  wrapComponents: {
    execute: withOutcome,
    responseBody: withPicture,
    liveResponse:
      (Live, { React }) =>
      (props) =>
        React.createElement(
          'section',
          { className: 'live-response', 'aria-label': 'Response of the server', tabIndex: -1 },
          React.createElement(Live, props),
        ),
    SyntaxHighlighter:
      (Coloured, { React }) =>
      (text) =>
        text.children.length > maxHighlighted
          ? React.createElement('pre', { className: 'microlight' }, inPieces(React, text.children))
          : React.createElement(Coloured, text),
  },
}
