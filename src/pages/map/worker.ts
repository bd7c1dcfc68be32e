/** A country on the map: an outline, or a dot where the outline would be too small to see. */
export interface Shape {
  /** The numeric code of ISO 3166-1, with three digits; `XK` for Kosovo, which has none; null for what has no code. */
  id: string | null
  /** The outline as the data of an SVG path; null for a dot. */
  outline: string | null
  /** The middle of a dot. */
  x: number
  y: number
}

/** The worker's answer: all shapes, or the name of the error that kept them from being drawn. */
export type Outlined = { shapes: Shape[] } | { error: string }

/** The size of the map, in units of the SVG. */
export const [mapWidth, mapHeight] = [960, 440]

/**
 * The program of the worker that draws the outlines of all countries. It is a text because a worker of Node 20 cannot load
 * TypeScript. `workerData` has the addresses of its modules and files. Outlines are those at 1:110 million; countries that
 * are only in the data at 1:50 million are dots.
 */
export const outlineProgram = `
const { readFileSync } = require('node:fs')
const { parentPort, workerData } = require('node:worker_threads')
const { plotModule, domModule, topologyModule, coarseFile, fineFile, width, height } = workerData

async function outlines() {
  const Plot = await import(plotModule)
  const { parseHTML } = await import(domModule)
  const { feature } = await import(topologyModule)
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const countriesIn = (file) => {
    const world = JSON.parse(readFileSync(file, 'utf8'))
    return feature(world, world.objects.countries).features
  }
  const idOf = ({ id, properties }) => id ?? (properties.name === 'Kosovo' ? 'XK' : null)
  const large = countriesIn(coarseFile).filter(({ id }) => id !== '010')
  const drawn = new Set(large.map(({ id }) => id))
  const small = countriesIn(fineFile).filter(({ id }) => id !== undefined && id !== '010' && !drawn.has(id))
  const svg = Plot.plot({
    document,
    width,
    height,
    projection: { inset: 4,  type: 'equal-earth', domain: { type: 'FeatureCollection', features: large } },
    marks: [Plot.geo(large), Plot.dot(small, Plot.centroid())],
  })
  const rounded = (text) => Number(Number(text).toFixed(1))
  const paths = [...svg.querySelectorAll('[aria-label=geo] path')]
  const dots = [...svg.querySelectorAll('[aria-label=dot] circle')]
  if (paths.length !== large.length || dots.length !== small.length) throw new Error('A country was not drawn')
  return [
    ...paths.map((path, i) => {
      const outline = path.getAttribute('d').replace(/-?[0-9]{1,9}[.][0-9]+/g, rounded)
      return { id: idOf(large[i]), outline, x: 0, y: 0 }
    }),
    ...dots.map((dot, i) => {
      const [x, y] = [rounded(dot.getAttribute('cx')), rounded(dot.getAttribute('cy'))]
      return { id: idOf(small[i]), outline: null, x, y }
    }),
  ]
}

outlines().then(
  (shapes) => parentPort.postMessage({ shapes }),
  (error) => parentPort.postMessage({ error: error.name }),
)
`
