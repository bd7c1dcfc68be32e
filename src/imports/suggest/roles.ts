import type { LifecycleEvent } from '../../agreements/time/lifecycle.ts'
import { type Column, wordsOf } from './seen.ts'

const named =
  (...patterns: RegExp[]) =>
  (columns: readonly Column[]): Column | undefined => {
    for (const pattern of patterns) {
      const found = columns.find(({ words }) => pattern.test(words))
      if (found) return found
    }
    return undefined
  }

const party =
  '(?:party|parties|country|state|signatory|side|partner|parte|partie|partei|vertragspartei|vertragspartner|pais|pays|land)'

/** The columns of a file by what they seem to be; the first pattern that fits decides. */
export const find = {
  title: named(
    /^(?:full |official |long )?(?:title|titulo|titre|titel)(?: of .*)?$/,
    /^(?:treaty |agreement |agreements? )?(?:name|title|nombre|nom|bezeichnung)\b/,
    /\b(?:title|titulo|titre|titel)\b/,
    /^(?:agreement|treaty|instrument|acuerdo|tratado|accord|abkommen|vereinbarung|vertrag|headnote|subject)$/,
  ),
  firstParty: named(new RegExp(`^${party} ?(?:1|a|one|i)(?: name)?$`), /^(?:our|home) (?:party|side|body)$/),
  secondParty: named(new RegExp(`^${party} ?(?:2|b|two|ii)(?: name)?$`), /^(?:other|foreign) (?:party|side|body)$/),
  parties: named(
    /^(?:parties|signatories|countries|states|contracting parties|partes|parteien|vertragsparteien|partners)\b/,
    /^(?:country|party|state|signatory|partner|counterparty|vertragspartei|vertragspartner|estados?|pais|pays|land|organismo)\b/,
  ),
  type: named(
    /^(?:(?:treaty|agreement|instrument|document) )?(?:type|kind|form|category|tipo|art|nature|naturaleza)\b/,
    /^(?:instrument|type of .*)$/,
  ),
  status: named(/\b(?:status|estado|statut|vigente|in force)\b/),
  bilateral: named(/\b(?:bilateral|laterality)\b/),
  place: named(/\b(?:place|location|city|lugar|lieu|ort)\b/),
  summary: named(/\b(?:summary|abstract|resumen|zusammenfassung)\b/),
  length: named(/\b(?:term|duration|length|duracion|laufzeit|duree)\b/),
}

const acts: [event: LifecycleEvent, name: RegExp][] = [
  ['signed', /\b(?:sign|signed|signature|signing|firma|suscripcion|unterzeichnet|unterzeichnung|conclu\w*|done)\b/],
  ['provisionally_applied', /\bprovisional/],
  ['entered_into_force', /\b(?:force|eif|vigor|vigencia|vigueur|inkrafttreten|kraft|effective)\b/],
  ['terminated', /\b(?:terminat\w*|end|ended|terminacion|beendet|beendigung)\b/],
  ['expired', /\b(?:expir\w*|vencimiento|ablauf)\b/],
  ['registered', /\b(?:regis\w*)\b/],
  ['adopted', /\badopt/],
  ['initialled', /\binitial+ed\b/],
  ['ratified', /\b(?:ratif\w*)\b/],
  ['denounced', /\b(?:denounc\w*|denuncia)\b/],
  ['withdrawn', /\bwithdr/],
  ['amended', /\bamend/],
  ['extended', /\bexten[ds]/],
]

/** The act of which a column with days tells; the signature for one that is just called a date. */
export function actOf(name: string): LifecycleEvent | undefined {
  const words = wordsOf(name)
  return (
    acts.find(([, pattern]) => pattern.test(words))?.[0] ??
    (/^(?:date|fecha|datum|year|jahr|ano|annee)$/.test(words) ? 'signed' : undefined)
  )
}

const schemes = ['tias', 'unts', 'lnts', 'ukts', 'celex', 'eli', 'doi', 'bevans', 'kav', 'ust', 'ats', 'cts']

/** The scheme of the identifiers in a column. */
export const schemeOf = (name: string): string | undefined => {
  const words = wordsOf(name).split(' ')
  return schemes.find((scheme) => words.includes(scheme))
}

/** Whether a column is named like a number or a key of its rows. */
export const isKey = (name: string): boolean =>
  /^(?:(?:treaty|agreement|record|internal|our)? ?(?:id|uuid|key|no|nr|number|num|numero|nummer|reference|ref|code|reference number))$/.test(
    wordsOf(name),
  )
