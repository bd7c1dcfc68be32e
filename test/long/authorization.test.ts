import { testAuthorization } from '../support/authorization.ts'

testAuthorization(false)
