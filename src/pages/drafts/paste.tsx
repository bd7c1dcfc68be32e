import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Problem } from '../../problems/problems.ts'
import { Controls } from '../forms/add-form.tsx'
import { ChangeForm, type FormState, Save, Summary } from '../forms/controls.tsx'
import type { Values } from '../forms/fields.ts'
import { errorsAt } from '../forms/problems.ts'
import { titleOf } from '../forms/sent.ts'
import { sendForm } from '../page.tsx'
import { textFields } from './text.ts'

/** The field of the button that goes on with a text that gives no draft. */
export const byHandField = 'by-hand'

interface PastePage {
  values: Values
  /** Why the text was refused. */
  problem?: Problem
  /** Why it gives no draft. */
  message?: string
}

/** Sends the page on which a text is pasted. */
export function sendPaste(
  request: FastifyRequest,
  reply: FastifyReply,
  { values, problem, message }: PastePage,
): FastifyReply {
  const status = problem?.status ?? 200
  const state: FormState = { values, errors: problem && errorsAt(problem, textFields, values) }
  const title = 'From a text'
  return sendForm(request, reply, status, {
    title: problem ? titleOf(title, status) : message === undefined ? title : `No agreement found: ${title}`,
    api: null,
    body: (
      <>
        <h1>{title}</h1>
        <p class="faint">
          Paste an article or another text. An agreement is proposed from it, with the words that each value was read
          from. Nothing is stored before you save it.
        </p>
        <ChangeForm to="/drafts" state={state} save="Read the text">
          <Summary errors={state.errors} fields={textFields} />
          {message !== undefined && <NoDraft message={message} />}
          <div class="paste">
            <Controls fields={textFields} />
          </div>
          <Save back="/agreements">Read the text</Save>
        </ChangeForm>
      </>
    ),
  })
}

function NoDraft({ message }: { message: string }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-autofocus -- so that the answer is read first
    <section class="told wrong" role="alert" tabIndex={-1} autofocus>
      <h2>No agreement found</h2>
      <p>{message} Correct the text, or go on without a proposal: the text is then beside the empty form.</p>
      <button name={byHandField} value="yes">
        Fill in the form by hand
      </button>
    </section>
  )
}
