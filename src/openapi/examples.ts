/** Used by the examples of reads: the main agreement of the sample register, whose ids are fixed. */
export const founding = {
  agreement: '01a0c451-6218-7549-96ad-388bcf6f4db3',
  signature: '01a0c451-6600-736e-94b1-e184cc650109',
  date: '01a0c451-6dd0-7265-9719-066c8d885add',
  source: 'article',
  domain: 'theme:flooding',
  collection: 'sample',
  mapping: 'csv-export',
  signatory: 'US-DHS-ST',
} as const

/** Used by the examples of writes: entries of the sample register that exist to be changed. */
export const throwAway = {
  agreement: '01a0c452-2000-7000-8000-000000000001',
  signature: '01a0c452-2000-7000-8000-000000000012',
  date: '01a0c452-2000-7000-8000-000000000021',
  source: 'draft',
  domain: 'throw-away:1',
  collection: 'throw-away-1',
  mapping: 'throw-away-1',
  signatory: 'THROW-AWAY-1',
} as const

/** Used by the examples of deletions only. */
export const deletable = {
  agreement: throwAway.agreement,
  signature: '01a0c452-2000-7000-8000-000000000013',
  date: '01a0c452-2000-7000-8000-000000000022',
  source: 'letter',
  coveredDomain: 'throw-away:1',
  domain: 'throw-away:2',
  collection: 'throw-away-2',
  mapping: 'throw-away-2',
  signatory: 'THROW-AWAY-3',
} as const

/** Used by the examples of merges: `signatory` can be merged into `into`, and `merged` was merged. */
export const mergeable = {
  signatory: 'THROW-AWAY-4',
  into: 'THROW-AWAY-5',
  merged: 'THROW-AWAY-6',
} as const
