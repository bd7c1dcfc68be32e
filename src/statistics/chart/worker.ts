/** The worker's answer: the SVG, or the name of the error that kept it from being drawn. */
export type Drawn = { svg: string } | { error: string }

/**
 * The program of the worker that draws a `Chart`. It is a text because a worker of Node 20 cannot load TypeScript, from
 * which the tests and `npm run dev` run. `workerData` has the addresses of the two modules, and the chart.
 */
export const workerProgram = `
const { parentPort, workerData } = require('node:worker_threads')
const { plotModule, domModule, chart } = workerData

const width = 960
const lineHeight = 20
const colours = ['#2f6690', '#d1603d', '#4f8a5b', '#8a5a9e', '#c2933a', '#5aa9a3', '#b0567a', '#7a7a7a', '#bdbdbd']

async function draw() {
  const Plot = await import(plotModule)
  const { parseHTML } = await import(domModule)
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const { title, notes, axis, years, bars, groups, values } = chart
  const isOfYears = years !== null
  const legend = groups.length === 0 ? 0 : lineHeight * Math.ceil(groups.length / 3)
  const marginTop = 44 + legend + 16
  const marginBottom = 48 + lineHeight
  const height = isOfYears ? 420 + legend : marginTop + marginBottom + Math.max(1, bars.length) * 24
  /** A single year stands above its own tick, a decade between two. */
  const middle = ({ x }) => (years === 1 ? x : x + years / 2)
  const fill = groups.length === 0 ? colours[0] : 'group'
  const counts = { label: null, grid: true, tickFormat: (n) => (Number.isInteger(n) ? String(n) : '') }
  const svg = Plot.plot({
    document,
    width,
    height,
    marginTop,
    marginBottom,
    marginLeft: isOfYears ? 56 : 300,
    marginRight: 24,
    style: { fontSize: '12px', color: '#1b1b1b', background: 'none' },
    color: { type: 'categorical', domain: groups, range: colours },
    ...(isOfYears
      ? { x: { label: null, type: 'linear', tickFormat: 'd' }, y: counts }
      : { x: counts, y: { label: null, domain: bars } }),
    marks: isOfYears
      ? [
          Plot.rectY(values, Plot.stackY({ x1: (d) => middle(d) - 0.45 * years, x2: (d) => middle(d) + 0.45 * years, y: 'count', fill })),
          Plot.ruleY([0]),
        ]
      : [Plot.barX(values, { x: 'count', y: 'x', fill }), Plot.ruleX([0])],
  })
  const add = (name, attributes, content) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
    if (content !== undefined) element.textContent = content
    svg.append(element)
    return element
  }
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', [title + '.', ...notes].join(' '))
  const background = add('rect', { width, height, fill: '#ffffff' })
  svg.prepend(background)
  const text = { 'text-anchor': 'start', fill: '#1b1b1b' }
  add('text', { ...text, x: 16, y: 28, 'font-size': 18, 'font-weight': 600 }, title)
  groups.forEach((group, i) => {
    const [x, y] = [16 + (i % 3) * 310, 44 + lineHeight * Math.floor(i / 3)]
    add('rect', { x, y, width: 12, height: 12, fill: colours[i] })
    add('text', { ...text, x: x + 18, y: y + 10 }, group)
  })
  const label = { ...text, fill: '#555555', 'font-size': 11 }
  if (isOfYears) add('text', { ...label, x: 16, y: marginTop - 8 }, 'Agreements')
  add('text', { ...label, x: width - 24, y: height - 32, 'text-anchor': 'end' }, isOfYears ? axis : 'Agreements')
  add('text', { ...text, x: 16, y: height - 12, fill: '#555555' }, notes.join(' '))
  return svg.outerHTML
}

draw().then(
  (svg) => parentPort.postMessage({ svg }),
  (error) => parentPort.postMessage({ error: error.name }),
)
`
