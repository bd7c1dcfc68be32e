import { z } from 'zod'
import { isDay } from './calendar.ts'
import { EdtfError, edtfPattern, parseEdtf } from './edtf.ts'

/** A calendar day, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
export const Day = z.string().refine(isDay, 'Must be a calendar day, year first: 2019-10-23.').meta({ format: 'date' })

/**
 * A date as its source gives it, stored unchanged: EDTF level 1 (ISO 8601-2:2019).
 * @param instead what to write in place of a text that is not a date; undefined for the general message
 */
export const edtfDate = (instead: (text: string) => string | undefined) =>
  z
    .string()
    .max(40)
    .superRefine((text, context) => {
      try {
        parseEdtf(text)
      } catch (error) {
        if (!(error instanceof EdtfError)) throw error
        const message = instead(text) ?? error.message
        context.addIssue({ code: 'custom', message, params: { rule: error.rule } })
      }
    })
    .meta({ pattern: edtfPattern })
    .describe('EDTF level 1: `2019-10-23`, `2019-10`, `2019`, `2019-10-23?`, `2012-05-03/2012-05-11`.')

export const EdtfDate = edtfDate(() => undefined)
