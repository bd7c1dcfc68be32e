// Runs before the page's own script, which calls SwaggerUIBundle when the page has loaded, modules included.

/** Without it, a phone shows the page at desktop width. */
const viewport = document.createElement('meta')
viewport.name = 'viewport'
viewport.content = 'width=device-width, initial-scale=1'

const modules = document.createElement('script')
modules.type = 'module'
modules.src = new URL('workplace.js', document.currentScript.src).href

document.head.append(viewport, modules)
