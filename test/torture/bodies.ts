/** A valid new agreement between two bodies of the vocabularies; `over` replaces its fields. */
export const anAgreementBetween = (over: object = {}) => ({
  title: 'Agreement on Research into Floods',
  type: 'agreement',
  signatories: [
    { side: 1, signatory: 'US' },
    { side: 2, signatory: 'JP' },
  ],
  dates: [{ event: 'signed', date: '2019-03-05' }],
  ...over,
})
