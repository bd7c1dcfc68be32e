import { publicationIsTrue } from './promises/publication.ts'

publicationIsTrue({ runs: 1, writes: 50 })
