import { documentHolds } from './promises/document.ts'

documentHolds({ cases: 600 })
