import { publicationIsTrue } from '../promises/publication.ts'

publicationIsTrue({ runs: 10, writes: 510 })
