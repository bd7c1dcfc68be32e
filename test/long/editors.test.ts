import { everyEditIsKept } from '../promises/editors.ts'

everyEditIsKept({ editors: 64 })
