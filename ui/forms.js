// Fields of parameters.

/** A value added to a list starts empty, not with a sample. */
const emptyItems = (List) =>
  class extends List {
    addItem = () => this.setState(({ value }) => ({ value: value.push('') }), this.onChange)
  }

/** In a multiple-choice list, a click selects or deselects a value without a modifier key. */
document.addEventListener('mousedown', (event) => {
  const option = event.target
  const list = option instanceof HTMLOptionElement && option.closest('select[multiple]')
  if (!list) return
  event.preventDefault()
  option.selected = !option.selected
  list.dispatchEvent(new Event('change', { bubbles: true }))
})

export const forms = { wrapComponents: { JsonSchema_array: emptyItems } }
