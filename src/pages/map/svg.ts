import { xmlElement, xmlText } from '../../shared/xml.ts'
import { counted, grouped } from '../words.ts'
import { classesOf } from './classes.ts'
import type { Partner, Partners } from './partners.ts'
import { mapHeight, mapWidth, type Shape } from './worker.ts'

/** The height of the legend below the map. */
export const legendHeight = 38
const [land, border, homeColour] = ['#e3e3e0', '#ffffff', '#d1603d']

interface Labels {
  /** What the map shows. */
  title: string
  /** The address of a partner's page. */
  addressOf: (code: string) => string
}

/** A map as an SVG document: each partner coloured by its number of agreements, with a title and a link. */
export function mapOf(shapes: Shape[], { home, partners }: Partners, { title, addressOf }: Labels): string {
  const { colourOf } = classesOf(partners)
  const byPlace = new Map(partners.flatMap((partner) => (partner.place === null ? [] : [[partner.place, partner]])))
  const marks = shapes.map((shape) => {
    const partner = shape.id === null ? undefined : byPlace.get(shape.id)
    if (partner) {
      const text = `${partner.name}: ${counted(partner.agreements, 'agreement')}`
      return `<a href="${xmlText(addressOf(partner.code))}">${mark(shape, colourOf(partner.agreements), text)}</a>`
    }
    if (home !== null && home.place !== null && shape.id === home.place) return mark(shape, homeColour, home.name)
    return shape.outline === null ? '' : mark(shape, land)
  })
  const height = mapHeight + legendHeight
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${mapWidth} ${height}" width="${mapWidth}" height="${height}" role="img" aria-label="${xmlText(title)}" font-family="system-ui, sans-serif" font-size="17">
<title>${xmlText(title)}</title>
<rect width="${mapWidth}" height="${height}" fill="#ffffff"/>
<g stroke="${border}" stroke-width="0.5">${marks.join('\n')}</g>
${legend(swatchesOf({ home, partners }))}
</svg>
`
}

function mark({ outline, x, y }: Shape, fill: string, text?: string): string {
  const title = text === undefined ? '' : xmlElement('title', {}, text)
  if (outline !== null) return `<path d="${outline}" fill="${fill}">${title}</path>`
  return `<circle cx="${x}" cy="${y}" r="4" fill="${fill}" stroke="#1b1b1b">${title}</circle>`
}

/** The colours of a map, and what each means. */
export function swatchesOf({
  home,
  partners,
}: Pick<Partners, 'home' | 'partners'>): { colour: string; label: string }[] {
  return [
    ...(home === null || home.place === null ? [] : [{ colour: homeColour, label: home.name }]),
    ...classesOf(partners).classes.map(({ colour, from, to }) => ({ colour, label: range(from, to) })),
  ]
}

const range = (from: number, to: number): string =>
  from === to ? counted(from, 'agreement') : `${grouped(from)} to ${counted(to, 'agreement')}`

/** The colours in one line: the longer their labels, the smaller. */
function legend(swatches: { colour: string; label: string }[]): string {
  const y = mapHeight + 8
  const letters = swatches.reduce((sum, { label }) => sum + label.length, 0)
  const letter = Math.min(9, (mapWidth - 16 - 48 * swatches.length) / letters)
  let x = 16
  const all = swatches.map(({ colour, label }) => {
    const at = x
    x += 48 + letter * label.length
    return (
      xmlElement('rect', { x: at.toFixed(), y: String(y), width: '16', height: '16', fill: colour }) +
      xmlElement('text', { x: (at + 22).toFixed(), y: String(y + 14), fill: '#1b1b1b' }, label)
    )
  })
  return `<g font-size="${((17 * letter) / 9).toFixed(1)}">${all.join('\n')}</g>`
}

/** The partners that no shape of the map stands for. */
export function withoutShape(shapes: Shape[], partners: Partner[]): Partner[] {
  const ids = new Set(shapes.map(({ id }) => id))
  return partners.filter(({ place }) => place === null || !ids.has(place))
}
