import { publicationIsTrue } from './promises/publication.ts'

publicationIsTrue({ runs: 2, writes: 100 })
