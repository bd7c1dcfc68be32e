/** What a browser sends of the form of a page that changes something: its fields, without those of buttons. */
export function fieldsIn(document: Document): URLSearchParams {
  const fields = new URLSearchParams()
  for (const control of document.querySelectorAll('form.edit input, form.edit textarea, form.edit select')) {
    const type = control.getAttribute('type')
    if ((type === 'checkbox' || type === 'radio') && !control.hasAttribute('checked')) continue
    fields.append(control.getAttribute('name')!, valueOf(control))
  }
  return fields
}

function valueOf(control: Element): string {
  if (control.localName === 'textarea') return control.textContent
  if (control.localName !== 'select') return control.getAttribute('value') ?? ''
  const options = [...control.querySelectorAll('option')]
  const chosen = options.find((option) => option.hasAttribute('selected')) ?? options[0]
  return chosen!.getAttribute('value')!
}
