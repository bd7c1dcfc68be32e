import type { ComponentChildren } from 'preact'
import type { Network } from '../network/schemas.ts'
import { at } from './asked.ts'
import { narrowed } from './narrow.ts'
import { A } from './page.tsx'
import { counted } from './words.ts'

const [width, radius] = [1000, 280]

/** Width of a letter. */
const letter = 6.8

/** Below so many agreements, no line is drawn at its full width. */
const fewPairs = 8

/** Characters of a name in the picture. */
const maxName = 26

interface Place {
  x: number
  y: number
  /** Direction from the middle, in degrees; null in the middle. */
  angle: number | null
}

/** Parties in a circle, and lines between those that have agreements. The lists below it say the same. */
export function Circle({ network: { nodes, edges }, filters }: { network: Network; filters: URLSearchParams }) {
  const places = placesOf(nodes, edges)
  const maxCount = Math.max(...nodes.map(({ agreements }) => agreements))
  const maxPair = Math.max(fewPairs, ...edges.map(({ agreements }) => agreements))
  const longest = Math.min(maxName, Math.max(...nodes.map(({ name }) => name.length)))
  const height = Math.round(2 * (radius + 25 + longest * letter))
  const names = new Map(nodes.map(({ code, name }) => [code, name]))
  return (
    <svg
      class="network"
      viewBox={`${-width / 2} ${-height / 2} ${width} ${height}`}
      role="group"
      aria-label="Parties in a circle, and lines between those that have agreements. The lists below say the same."
    >
      {edges.map(({ source, target, agreements }) => {
        const name = `${names.get(source)} – ${names.get(target)}: ${counted(agreements, 'agreement')}`
        return (
          <Part of={narrowed(filters, 'pair', `${source},${target}`)} label={name}>
            <title>{name}</title>
            <path
              d={between(places.get(source)!, places.get(target)!)}
              stroke-width={(1 + (7 * agreements) / maxPair).toFixed(1)}
            />
          </Part>
        )
      })}
      {nodes.map(({ code, name, agreements }) => (
        <Node
          place={places.get(code)!}
          name={name}
          label={`${name}: ${counted(agreements, 'agreement')}`}
          size={4 + 10 * Math.sqrt(agreements / maxCount)}
          of={narrowed(filters, 'party', code)}
        />
      ))}
    </svg>
  )
}

/** A party that is in more than half of the pairs stands in the middle, the others around it, the largest first. */
function placesOf(nodes: Network['nodes'], edges: Network['edges']): Map<string, Place> {
  const pairsOf = (code: string) => edges.filter(({ source, target }) => source === code || target === code).length
  const middle = nodes.length > 2 ? nodes.find(({ code }) => pairsOf(code) > edges.length / 2)?.code : undefined
  const around = nodes.filter(({ code }) => code !== middle)
  const places = new Map<string, Place>()
  if (middle !== undefined) places.set(middle, { x: 0, y: 0, angle: null })
  for (const [i, { code }] of around.entries()) {
    const turn = (2 * Math.PI * i) / around.length - Math.PI / 2
    places.set(code, { x: radius * Math.cos(turn), y: radius * Math.sin(turn), angle: (turn * 180) / Math.PI })
  }
  return places
}

/** A line that bends towards the middle. */
const between = (a: Place, b: Place): string =>
  `M${a.x.toFixed()} ${a.y.toFixed()}Q${((a.x + b.x) / 6).toFixed()} ${((a.y + b.y) / 6).toFixed()} ${b.x.toFixed()} ${b.y.toFixed()}`

/** A part of the picture, a link to its agreements if a query finds them. */
function Part({ of, label, children }: { of: URLSearchParams | null; label: string; children: ComponentChildren }) {
  if (of === null) return <g>{children}</g>
  return (
    <A to={at('/agreements', of)} tabIndex={-1} aria-label={label}>
      {children}
    </A>
  )
}

interface NodeProps {
  place: Place
  name: string
  label: string
  size: number
  /** The query of the list with its agreements; null if there is none. */
  of: URLSearchParams | null
}

function Node({ place: { x, y, angle }, name, label, size, of }: NodeProps) {
  const text = name.length > maxName ? `${name.slice(0, maxName - 1).toWellFormed()}…` : name
  const isLeft = angle !== null && angle > 90
  const turn = angle === null ? 0 : isLeft ? angle + 180 : angle
  const away = angle === null ? 0 : (size + 5) * (isLeft ? -1 : 1)
  return (
    <Part of={of} label={label}>
      <title>{label}</title>
      <g transform={`translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${turn.toFixed(1)})`}>
        <circle r={size.toFixed(1)} />
        <text
          x={away.toFixed(1)}
          y={angle === null ? -size - 6 : 4}
          text-anchor={angle === null ? 'middle' : isLeft ? 'end' : 'start'}
        >
          {text}
        </text>
      </g>
    </Part>
  )
}
