// Finds operations by what they do, not only by their tags and paths.

/** Words that people type, and the words of the document that mean the same. */
const meanings = {
  excel: ['spreadsheet', 'csv', 'xlsx'],
  xls: ['spreadsheet', 'xlsx'],
  outlook: ['calendar'],
  ical: ['calendar'],
  reminder: ['calendar', 'deadline'],
  chart: ['statistics', 'count'],
  graph: ['statistics', 'count'],
  country: ['party', 'signator'],
  countries: ['party', 'signator'],
  topic: ['research domain'],
  download: ['export'],
  upload: ['import'],
  duplicate: ['similar', 'merge'],
  login: ['key'],
  password: ['key'],
  token: ['key'],
  audit: ['history'],
}

const textOf = (group, tag, entry) => {
  const operation = entry.get('operation')
  const said = ['operationId', 'summary', 'description'].map((name) => operation.get(name) ?? '')
  return [tag, group.getIn(['tagDetails', 'description']) ?? '', entry.get('method'), entry.get('path'), ...said]
    .join(' ')
    .toLowerCase()
}

/** The operations whose texts contain every word of `phrase`, or what it means; without the tags that have none. */
function opsFilter(tagged, phrase) {
  const words = phrase.toLowerCase().split(/\s+/).filter(Boolean)
  const holds = (text) => words.every((word) => [word, ...(meanings[word] ?? [])].some((one) => text.includes(one)))
  return tagged
    .map((group, tag) =>
      group.set(
        'operations',
        group.get('operations').filter((entry) => holds(textOf(group, tag, entry))),
      ),
    )
    .filter((group) => group.get('operations').size > 0)
}

/** Says below the box how many operations were found. */
const withCount =
  (Filter, { React, specSelectors, layoutSelectors }) =>
  (props) => {
    const phrase = layoutSelectors.currentFilter()
    const asked = typeof phrase === 'string' && phrase.trim() !== ''
    const found = asked
      ? specSelectors.taggedOperations().reduce((sum, group) => sum + group.get('operations').size, 0)
      : 0
    const words = found === 0 ? 'No operation has these words.' : `${found} ${found === 1 ? 'operation' : 'operations'}`
    return React.createElement(
      'div',
      null,
      React.createElement(Filter, props),
      React.createElement('p', { className: 'wrapper found', role: 'status' }, asked ? words : ''),
    )
  }

export const filter = { fn: { opsFilter }, wrapComponents: { FilterContainer: withCount } }
