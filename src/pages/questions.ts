interface Question {
  text: string
  /** The path of the page that answers it. */
  to: string
  /** What follows from it. */
  more?: Question[]
}

const memorandum = '/agreements/DHS-ST-2019-KR'

/** The questions of the introduction of Swagger UI (`src/openapi/guide.ts`), in the same order: about the sample register. */
export const questions: Question[] = [
  {
    text: 'Who says that the United States and Korea signed on 27 October 2019?',
    to: `${memorandum}#dates`,
  },
  {
    text: 'Is that the 13th agreement of Homeland Security with a state?',
    to: `${memorandum}/position?signatory=US-DHS&partyKind=state`,
    more: [{ text: 'And with the European Commission counted?', to: `${memorandum}/position?signatory=US-DHS` }],
  },
  { text: 'What have the United States and Korea agreed?', to: '/agreements?pair=US,KR' },
  {
    text: 'What was in force between the United States and the Netherlands on 1 April 2016?',
    to: '/agreements?pair=US,NL&inForceOn=2016-04-01',
  },
  {
    text: 'Which agreements cover infectious disease?',
    to: '/agreements?researchDomain=theme:infectious-disease-control',
  },
  { text: 'Which speak of floods?', to: '/agreements?q=floods' },
  {
    text: 'How many has Homeland Security signed a year?',
    to: '/statistics?groupBy=signedYear&signatory=US-DHS',
  },
  { text: 'With whom have the United States agreed?', to: '/statistics?groupBy=pair&party=US' },
  { text: 'What ends, renews itself or needs notice in the next six months?', to: '/deadlines' },
  { text: 'Who changed the memorandum with Korea, when and why?', to: `${memorandum}#history` },
  {
    text: 'May I have its agreements in a spreadsheet?',
    to: '/v1/agreements/export.xlsx?signatory=US-DHS',
  },
  {
    text: 'What was in force on 1 October 2024, as the register knew it on 1 November 2024?',
    to: '/agreements?inForceOn=2024-10-01&asOf=2024-11-01T00:00:00Z',
  },
]
