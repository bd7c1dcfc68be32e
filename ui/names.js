// Names and roles for assistive technology, where Swagger UI gives none. It draws controls anew at any time, so they are
// named whenever the page has changed.

const parameterOf = (control) => control.closest('[data-param-name]')?.dataset.paramName

/** For each control that lacks a name: what it is. */
const names = [
  { controls: '.parameters :is(select, textarea, input)', nameOf: parameterOf },
  { controls: '.json-schema-form-item-remove', nameOf: (button) => `Remove this value of ${parameterOf(button)}` },
  { controls: 'textarea.body-param__text', nameOf: () => 'Body of the request' },
  { controls: '.opblock-section-request-body select', nameOf: () => 'Media type of the request' },
  { controls: '.operation-filter-input', nameOf: () => 'Find an operation by what it does' },
  { controls: '.dialog-ux .close-modal', nameOf: () => 'Close' },
]

/** Attributes that are set wherever they are missing or differ. */
const attributes = Object.entries({
  '.microlight, .highlight-code pre, .example': { tabindex: '0' },
  '.dialog-ux .modal-ux': { role: 'dialog', 'aria-modal': 'true', 'aria-label': 'Authorization' },
  '.operation-filter-input': { placeholder: 'Find an operation: excel, calendar, history …' },
  '.dialog-ux .btn.authorize': { 'aria-label': 'Authorize: check and keep the key' },
  '.dialog-ux .btn.auth[aria-label="Remove authorization"]': { 'aria-label': 'Logout: remove the key' },
  '#swagger-ui': { role: 'main' },
  '#operations': { role: 'region', 'aria-label': 'Operations' },
  '.opblock-tag, .models > h4, .modal-ux-header > h3': { 'aria-level': '2' },
  '.opblock-body h4, .auth-container h4': { 'aria-level': '3' },
  '.opblock-body h5, .auth-container h6': { 'aria-level': '4' },
})

function improve() {
  for (const { controls, nameOf } of names) {
    for (const control of document.querySelectorAll(`:is(${controls}):not([aria-label])`)) {
      const name = nameOf(control)
      if (name) control.setAttribute('aria-label', name)
    }
  }
  for (const [selector, values] of attributes) {
    for (const element of document.querySelectorAll(selector)) {
      for (const [name, value] of Object.entries(values)) {
        if (element.getAttribute(name) !== value) element.setAttribute(name, value)
      }
    }
  }
}

/** Names controls now and after every change of the page. */
export function nameControls() {
  let isPlanned = false
  const plan = () => {
    if (isPlanned) return
    isPlanned = true
    requestAnimationFrame(() => {
      isPlanned = false
      improve()
    })
  }
  new MutationObserver(plan).observe(document.body, { childList: true, subtree: true })
  plan()
}

/** A link inside the button that opens an operation cannot be used with a keyboard; the address bar has it too. */
const plainInButton =
  (Link, { React }) =>
  (props) =>
    props.path?.includes('/') ? React.createElement('span', null, props.text) : React.createElement(Link, props)

export const controls = { wrapComponents: { DeepLink: plainInButton } }
