// Extends Swagger UI. Runs before the page's own script, which calls SwaggerUIBundle when the page has loaded.

/** Without it, a phone shows the page at desktop width. */
const viewport = document.createElement('meta')
viewport.name = 'viewport'
viewport.content = 'width=device-width, initial-scale=1'
document.head.append(viewport)

/** Maximum length of text with syntax highlighting, in UTF-16 units: highlighting a megabyte takes a minute. */
const maxHighlighted = 100_000

const workplace = {
  statePlugins: {
    spec: {
      wrapSelectors: {
        /** Sends invalid values to the server, which explains the error; the page would only mark the field red. */
        validateBeforeExecute: (_isValid, system) => (_state, operation) =>
          system.specSelectors.validationErrors(operation).every((error) => !error.includes('Required field')),
      },
    },
  },
  wrapComponents: {
    SyntaxHighlighter:
      (Coloured, { React, getComponent }) =>
      (text) =>
        React.createElement(text.children.length > maxHighlighted ? getComponent('PlainTextViewer') : Coloured, text),
    /** A value added to a list starts empty, not with a sample that matches its pattern. */
    JsonSchema_array: (List) =>
      class extends List {
        addItem = () => this.setState(({ value }) => ({ value: value.push('') }), this.onChange)
      },
  },
}

const start = window.SwaggerUIBundle
window.SwaggerUIBundle = Object.assign((config) => start({ ...config, plugins: [...config.plugins, workplace] }), start)

// In a multiple-choice list, a click selects or deselects a value without a modifier key.
document.addEventListener('mousedown', (event) => {
  const option = event.target
  const list = option instanceof HTMLOptionElement && option.closest('select[multiple]')
  if (!list) return
  event.preventDefault()
  option.selected = !option.selected
  list.dispatchEvent(new Event('change', { bubbles: true }))
})
