import { setImmediate } from 'node:timers/promises'
import type { Body, Name, Names } from '../names.ts'
import { type ActWord, acts, changes } from '../words/acts.ts'
import { afterVerb, modality } from '../words/modality.ts'
import { type Noun, nouns } from '../words/types.ts'
import type { Language } from './language.ts'
import { divide } from './sentences.ts'
import { type Token, tokensOf } from './tokens.ts'

/** Tokens `from` to `to`, exclusive. */
export interface Span {
  from: number
  to: number
}

/** A body that a text names. */
export interface Mention extends Span {
  body: Body
  party: Body
  isAdjective: boolean
}

/** An act that a text tells of. `open`: only wished, possible or denied acts are no acts. */
export interface ActMention extends Span {
  act: ActWord
  mood: 'done' | 'to_come' | 'open' | 'denied'
}

export interface NounMention extends Span {
  noun: Noun
}

/** A text with what is found in it word by word. */
export class Reading {
  readonly text: string
  readonly language: Language
  readonly tokens: Token[] = []
  readonly sentences: Span[] = []
  mentions: Mention[] = []
  acts: ActMention[] = []
  nouns: NounMention[] = []
  /** The mention that a token is part of. */
  readonly #mentionOf = new Map<number, Mention>()
  readonly #actFrom = new Map<number, ActMention>()
  readonly #nounFrom = new Map<number, NounMention>()

  private constructor(text: string, language: Language) {
    this.text = text
    this.language = language
  }

  /** Yields to the event loop after each few thousand words. */
  static async of(text: string, language: Language, names: Names, day: string): Promise<Reading> {
    const reading = new Reading(text, language)
    await reading.#read(names, day)
    return reading
  }

  async #read(names: Names, day: string): Promise<void> {
    for (const token of tokensOf(this.text)) {
      this.tokens.push(token)
      if (this.tokens.length % perTurn === 0) await setImmediate()
    }
    divide(this.tokens)
    this.#divide()
    await setImmediate()
    for (const [i, sentence] of this.sentences.entries()) {
      this.#readSentence(sentence, names, day)
      if (i % 50 === 49) await setImmediate()
    }
  }

  #divide(): void {
    for (const [i, { sentence }] of this.tokens.entries()) {
      const last = this.sentences[sentence]
      if (last) last.to = i + 1
      else this.sentences.push({ from: i, to: i + 1 })
    }
  }

  #readSentence({ from, to }: Span, names: Names, day: string): void {
    for (let i = from; i < to;) {
      const found = names.bodies.at(this.tokens, i)
      const name = found && found.to <= to ? this.#nameAt(found.from, found.to, found.values, day) : undefined
      if (name) this.#addMention(name, { from: i, to: found!.to }, names)
      i = name ? found!.to : i + 1
    }
    const inNames = (i: number) => this.mentionAt(i) !== undefined
    for (const { from: i, to: end, values } of nouns(this.language).in(this.tokens, from, to))
      if (!inNames(i)) this.#addNoun({ from: i, to: end, noun: values[0]! })
    for (const { from: i, to: end, values } of acts(this.language).in(this.tokens, from, to))
      if (!inNames(i))
        this.#addAct({
          from: i,
          to: end,
          act: values[0]!,
          mood: this.#moodOf(values[0]!, { from: i, to: end }, { from, to }),
        })
  }

  /** The body that a name stands for: written as names are, and of the bodies of today first. */
  #nameAt(from: number, to: number, values: readonly Name[], day: string): Name | undefined {
    const [first, last] = [this.tokens[from]!, this.tokens[to - 1]!]
    const written = values.filter(({ isAcronym }) => (isAcronym && to - from === 1 ? first.isAcronym : first.isCapital))
    if (/^[\p{Script=Hangul}]/u.test(first.key.normalize('NFC')) && !this.#beginsKoreanWord(from)) return undefined
    if (last.end - first.start < 2) return undefined
    const living = written.filter(({ body }) => body.validTo === null || body.validTo >= day)
    return living.find(({ isAdjective }) => !isAdjective) ?? living[0]
  }

  #beginsKoreanWord(i: number): boolean {
    return (
      i === 0 || this.tokens[i]!.gap !== '' || !/\p{Script=Hangul}/u.test(this.text[this.tokens[i]!.start - 1] ?? '')
    )
  }

  #addMention({ body, isAdjective }: Name, { from, to }: Span, names: Names): void {
    const mention = { from, to, body, party: names.partyOf(body), isAdjective }
    this.mentions.push(mention)
    for (let i = from; i < to; i++) this.#mentionOf.set(i, mention)
  }

  #addNoun(noun: NounMention): void {
    this.nouns.push(noun)
    this.#nounFrom.set(noun.from, noun)
  }

  #addAct(act: ActMention): void {
    this.acts.push(act)
    this.#actFrom.set(act.from, act)
  }

  /** The act whose words begin with a token. */
  actAt = (i: number): ActMention | undefined => this.#actFrom.get(i)

  /** The word for an agreement that begins with a token. */
  nounAt = (i: number): NounMention | undefined => this.#nounFrom.get(i)

  mentionAt = (i: number): Mention | undefined => this.#mentionOf.get(i)

  /** Whether a clause ends before token `i`. */
  endsClause = (i: number): boolean => /[,;:()–—]| - /.test(this.tokens[i]?.gap ?? ',')

  #moodOf(act: ActWord, { from, to }: Span, sentence: Span): ActMention['mood'] {
    if (this.language === 'ko') {
      for (const { values } of afterVerb('ko').in(this.tokens, to, Math.min(to + 12, sentence.to)))
        return values[0] === 'no' ? 'denied' : 'open'
      return 'done'
    }
    let begin = from
    while (begin > sentence.from && from - begin < maxBefore && !this.endsClause(begin)) begin -= 1
    let mood: ActMention['mood'] = 'done'
    for (const { values, to: end } of modality(this.language).in(this.tokens, begin, from)) {
      if (end > from) continue
      const said = values[0]!
      if (said === 'no') return 'denied'
      if (said === 'open' || (said === 'agreed' && !changes.has(act))) mood = 'open'
      else if (said === 'to_come' && mood === 'done') mood = 'to_come'
    }
    return mood
  }

  /** Where tokens are in the text, in UTF-16 units. */
  place = ({ from, to }: Span): { start: number; end: number } => ({
    start: this.tokens[from]!.start,
    end: this.tokens[to - 1]!.end,
  })

  /** The tokens of a sentence between two places of the text. */
  tokensIn({ from, to }: Span, start: number, end: number): Span | undefined {
    let first = from
    while (first < to && this.tokens[first]!.end <= start) first += 1
    let last = first
    while (last < to && this.tokens[last]!.start < end) last += 1
    return last > first ? { from: first, to: last } : undefined
  }

  words = (span: Span): string => {
    const { start, end } = this.place(span)
    return this.text.slice(start, end)
  }

  sentenceOf = (i: number): Span => this.sentences[this.tokens[i]!.sentence]!
}

/** Words that are read between two turns of the event loop. */
const perTurn = 5000

/** How far before an act words are looked for that say whether it was done. */
const maxBefore = 7
