import { dayReaderOf } from '../../imports/mapping/days.ts'
import { isoDuration } from '../../shared/durations.ts'
import { dayInWords, durationInWords } from '../words.ts'

const reader = dayReaderOf({
  formats: ['edtf', 'd MMMM yyyy', 'd MMM yyyy', 'MMMM d, yyyy', 'MMM d, yyyy', 'MMMM yyyy', 'MMM yyyy'],
})

/** A day as the register takes it: `3 March 2024` as `2024-03-03`. Any other text stays as it is. */
export function typedDay(text: string): string {
  const { days } = reader.read(text)
  return days[0] ?? text
}

/** A day as a person would write it, so that `typedDay` gives the same again. */
export function writtenDay(edtf: string): string {
  const words = dayInWords(edtf)
  return typedDay(words) === edtf ? words : edtf
}

const numbers = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve']

/** A duration as the register takes it: `Five years` as `5 years`, `yearly` as `1 year`. Any other text stays as it is. */
export function typedDuration(text: string): string {
  const lower = text.toLowerCase().replaceAll(/,(?=\d{3})/g, '')
  if (/^(?:yearly|annually|a year)$/.test(lower)) return '1 year'
  const [word = '', ...rest] = lower.split(' ')
  const number = numbers.indexOf(word) + 1
  return number > 0 && rest.length > 0 ? `${number} ${rest.join(' ').trim()}` : /^\d/.test(lower) ? lower : text
}

/** A duration as a person would write it, so that the register takes it as the same: `P5Y` as `5 years`. */
export function writtenDuration(iso: string): string {
  const words = durationInWords(iso)
  return isoDuration(typedDuration(words)) === iso ? words : iso
}
