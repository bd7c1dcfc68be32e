import type { Token } from './tokens.ts'
import { keysOf } from './tokens.ts'

interface Node<Value> {
  next?: Map<string, Node<Value>>
  /** Words of which only the beginning is given. */
  begun?: Map<string, Node<Value>>
  values?: Value[]
}

/** A phrase that was found: tokens `from` to `to`, exclusive. */
export interface Found<Value> {
  from: number
  to: number
  values: readonly Value[]
}

/** The shortest and the longest beginning of a word that a phrase may have, in UTF-16 units. */
const [minBeginning, maxBeginning] = [2, 14]

/** Phrases that are looked for all at once, in time that grows with the text alone. */
export class Phrases<Value> {
  readonly #root: Node<Value> = {}
  size = 0

  /** @param phrase words; one that ends with `*` stands for all words that begin so */
  add(phrase: string, value: Value): void {
    const parts = phrase.split(/\s+/).flatMap((word) => {
      const keys = keysOf(word)
      return keys.map((key, i) => ({ key, isBegun: word.endsWith('*') && i === keys.length - 1 }))
    })
    if (parts.length === 0 || parts.length > 40) return
    let node = this.#root
    for (const { key, isBegun } of parts) {
      const children = isBegun ? (node.begun ??= new Map()) : (node.next ??= new Map())
      const child = children.get(key) ?? {}
      children.set(key, child)
      node = child
    }
    const values = (node.values ??= [])
    if (!values.includes(value)) values.push(value)
    this.size += 1
  }

  /** The longest phrase that begins with token `from`. */
  at(tokens: readonly Token[], from: number): Found<Value> | undefined {
    return longest(this.#root, tokens, from, from)
  }

  /** The phrases among tokens `from` to `to`, from left to right, none within another. */
  *in(tokens: readonly Token[], from = 0, to = tokens.length): Generator<Found<Value>> {
    for (let i = from; i < to;) {
      const found = this.at(tokens, i)
      if (found && found.to <= to) yield found
      i = found && found.to <= to ? found.to : i + 1
    }
  }
}

/** A phrase does not go on over a full stop or the end of a sentence. */
const goesOn = (tokens: readonly Token[], i: number, from: number): boolean =>
  i < tokens.length &&
  (i === from || (tokens[i]!.sentence === tokens[from]!.sentence && !/[;:()!?]/.test(tokens[i]!.gap)))

function longest<Value>(
  node: Node<Value>,
  tokens: readonly Token[],
  from: number,
  i: number,
): Found<Value> | undefined {
  const here = node.values && { from, to: i, values: node.values }
  if (!goesOn(tokens, i, from)) return here
  const { key } = tokens[i]!
  const whole = node.next?.get(key)
  const further = whole && longest(whole, tokens, from, i + 1)
  if (further) return further
  if (!node.begun) return here
  for (let length = Math.min(key.length, maxBeginning); length >= minBeginning; length--) {
    const child = node.begun.get(key.slice(0, length))
    const found = child && longest(child, tokens, from, i + 1)
    if (found) return found
  }
  return here
}
