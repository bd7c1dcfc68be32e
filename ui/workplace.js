import { answers } from './answers.js'
import { filter } from './filter.js'
import { forms } from './forms.js'
import { keys } from './keys.js'
import { controls, nameControls } from './names.js'
import { prepare } from './requests.js'

const start = window.SwaggerUIBundle
const plugins = [answers, controls, filter, forms, keys]
window.SwaggerUIBundle = Object.assign(
  (config) => start({ ...config, requestInterceptor: prepare, plugins: [...config.plugins, ...plugins] }),
  start,
)
nameControls()
