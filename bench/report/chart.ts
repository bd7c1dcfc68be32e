import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { ratiosOf } from '../measure/summary.ts'
import type { Line } from '../phases/environment.ts'
import { sizeName } from '../phases/growth.ts'
import type { Results } from './markdown.ts'

const width = 960
const barHeight = 26
const colours = { met: '#4f8a5b', missed: '#d1603d', none: '#2f6690' }

interface Bar {
  name: string
  ratio: number
  min: number
  max: number
  goal: number | undefined
  fill: string
}

/** A bar for each workload: its throughput as a share of that of the bare server, with the goal as a line. */
export function chartOf({ limit, main, machine: { date, commit } }: Results): string {
  const bars = limit.filter(({ size }) => size === main).flatMap(barOf)
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const goals = bars.filter(({ goal }) => goal !== undefined)
  const height = 120 + bars.length * barHeight
  const svg = Plot.plot({
    document,
    width,
    height,
    marginTop: 56,
    marginBottom: 64,
    marginLeft: 270,
    marginRight: 60,
    style: { fontSize: '12px', color: '#1b1b1b', background: 'none' },
    x: { label: null, grid: true, domain: [0, Math.max(1, ...bars.map(({ max }) => max))], tickFormat: '.1f' },
    y: { label: null, domain: bars.map(({ name }) => name) },
    marks: [
      Plot.barX(bars, { x: 'ratio', y: 'name', fill: 'fill', insetTop: 4, insetBottom: 4 }),
      Plot.ruleY(bars, { x1: 'min', x2: 'max', y: 'name', stroke: '#1b1b1b' }),
      Plot.tickX(goals, { x: 'goal', y: 'name', stroke: '#1b1b1b', strokeWidth: 3 }),
      Plot.text(bars, { x: 'max', y: 'name', text: ({ ratio }: Bar) => ratio.toFixed(2), dx: 8, textAnchor: 'start' }),
      Plot.ruleX([0]),
      Plot.ruleX([1], { strokeDasharray: '4 3' }),
    ],
  })
  return drawnOn(document, svg, height, {
    title: `Throughput as a share of a bare server's, ${sizeName(main)} agreements`,
    note: `The limit, at 1, does the same look-ups and nothing else. Thick lines are goals, thin ones the range of the rounds. ${date.slice(0, 10)}, ${commit}.`,
  })
}

function barOf({ workload, connections, measured: { Entente: own, limit } }: Line): Bar[] {
  if (!Array.isArray(own) || !Array.isArray(limit)) return []
  const { median, min, max } = ratiosOf(own, limit)
  const { goal } = workload
  const fill = goal === undefined ? colours.none : median >= goal ? colours.met : colours.missed
  const name = connections === 16 ? workload.name : `${workload.name}, ${connections} connections`
  return [{ name, ratio: median, min, max, goal, fill }]
}

/** The chart with a white background, a title and a note, as an SVG document of its own. */
function drawnOn(
  document: Document,
  svg: Element,
  height: number,
  { title, note }: { title: string; note: string },
): string {
  const add = (name: string, attributes: Record<string, string | number>, content = ''): Element => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
    element.textContent = content
    svg.append(element)
    return element
  }
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', `${title}. ${note}`)
  svg.prepend(add('rect', { width, height, fill: '#ffffff' }))
  const text = { 'text-anchor': 'start', fill: '#1b1b1b', x: 16 }
  add('text', { ...text, y: 28, 'font-size': 18, 'font-weight': 600 }, title)
  add('text', { ...text, y: height - 14, fill: '#555555', 'font-size': 11 }, note)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svg.outerHTML}\n`
}
