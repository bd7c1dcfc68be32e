// What Swagger UI lacks as a workplace. It runs before the page's own script, which calls SwaggerUIBundle when all is loaded.

/** Without it a telephone shows the page as wide as a desk, and as small. */
const viewport = document.createElement('meta')
viewport.name = 'viewport'
viewport.content = 'width=device-width, initial-scale=1'
document.head.append(viewport)

/** Text longer than this is shown without colours, in UTF-16 units: colours for a megabyte take the page a minute. */
const longest = 100_000

const workplace = {
  statePlugins: {
    spec: {
      wrapSelectors: {
        /** Lets a value that does not fit go to the server, which says what is wrong; the page only turns a field red. */
        validateBeforeExecute: (_isValid, system) => (_state, operation) =>
          system.specSelectors.validationErrors(operation).every((error) => !error.includes('Required field')),
      },
    },
  },
  wrapComponents: {
    SyntaxHighlighter:
      (Coloured, { React, getComponent }) =>
      (text) =>
        React.createElement(text.children.length > longest ? getComponent('PlainTextViewer') : Coloured, text),
    /** A value that is added to a list begins empty, not as letters that only fit its pattern. */
    JsonSchema_array: (List) =>
      class extends List {
        addItem = () => this.setState(({ value }) => ({ value: value.push('') }), this.onChange)
      },
  },
}

const start = window.SwaggerUIBundle
window.SwaggerUIBundle = Object.assign((config) => start({ ...config, plugins: [...config.plugins, workplace] }), start)

// In a list of many values a click takes one or gives it back, without a key held down.
document.addEventListener('mousedown', (event) => {
  const option = event.target
  const list = option instanceof HTMLOptionElement && option.closest('select[multiple]')
  if (!list) return
  event.preventDefault()
  option.selected = !option.selected
  list.dispatchEvent(new Event('change', { bubbles: true }))
})
