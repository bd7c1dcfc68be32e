/** The memorandum of the United States and Korea in the sample register: its id is fixed there. */
const memorandum = '/v1/agreements/01a0c451-6218-7549-96ad-388bcf6f4db3'

/**
 * The introduction shown at the top of Swagger UI, in Markdown. Its questions are about the sample register; the table
 * in the README gives the answers, and `test/questions.test.ts` checks both.
 */
export const guide = `A register of bilateral agreements: who agreed what with whom, when, and who says so.

**Start here.** Each question links to its answer in the sample register, as JSON (in Chrome, tick Pretty-print):

1. [Who says that the United States and Korea signed on 27 October 2019?](/v1/dates?party=KR&event=signed&to=2019-12-31)
   The date that each source gives, and which one is marked as preferred.
2. [Is that the 13th agreement of Homeland Security with a state?](${memorandum}/position?signatory=US-DHS&partyKind=state)
   Its position, and the previous agreement.
   [And with the European Commission counted?](${memorandum}/position?signatory=US-DHS)
3. [What have the United States and Korea agreed?](/v1/agreements?pair=US,KR)
   Complete agreements, with the sources of each fact.
4. [What was in force between the United States and the Netherlands on 1 April 2016?](/v1/agreements?pair=US,NL&inForceOn=2016-04-01)
   Agreements that had entered into force by that day and had not ended.
5. [Which agreements cover infectious disease?](/v1/agreements?researchDomain=theme:infectious-disease-control)
   Includes agreements that cover a narrower topic.
6. [Which speak of floods?](/v1/agreements?q=floods)
   Searches titles, names, places and topics, ignoring accents and word endings.
7. [How many has Homeland Security signed a year?](/v1/statistics?groupBy=signedYear&signatory=US-DHS)
   And how many of these are in force.
8. [With whom have the United States agreed?](/v1/statistics?groupBy=pair&party=US)
   Number of agreements with each, and when the first and the last were signed.
9. [What ends, renews itself or needs notice in the next six months?](/v1/deadlines)
   To subscribe in a calendar program, use \`/v1/deadlines.ics\`.
10. [Who changed the memorandum with Korea, when and why?](${memorandum}/versions)
   Every version, and what it changed.
11. [May I have its agreements in a spreadsheet?](/v1/agreements/export?bom=true&signatory=US-DHS)
    A file with one row per agreement.
12. [What was in force on 1 October 2024, as the register knew it on 1 November 2024?](/v1/agreements?inForceOn=2024-10-01&asOf=2024-11-01T00:00:00Z)
    What was legally so on a day, by what was known at an instant.

**Cite this answer.** Answers change with the register. \`cite\` in a position and in statistics is the address of that very
answer: with \`asOf\`, an instant, it answers the same for ever. To cite a list, an export or an agreement, add \`asOf\` with
the present instant to its address, such as \`asOf=2026-01-31T12:00:00Z\`.

Reading needs no key. To write, press Authorize and enter a key (the server prints one at its first start).

For anything else, open an operation below, fill in the parameters that you need, leave the others empty, and press
Execute. Write a day as \`2019-10-23\`. An error message says what is wrong and, where possible, suggests a correction.

**For programs.** Days are \`YYYY-MM-DD\`; instants are RFC 3339 in UTC. A response always has all of its fields
(\`total\` only on request); \`null\` means unknown or not applicable. Fields may be added to responses. Values may be
added to an enum, unless its description says that no value will be added: a client must accept a value that it does not
know, show it as it is, and assume nothing about it (many generators have an option for this, such as
\`enumUnknownDefaultCase\`). Unknown fields and parameters in a request are refused. Where a response has several
formats, \`format\` or \`Accept\` chooses, and each format has an address of its own, such as \`/v1/statistics.csv\`.
PUT, PATCH, DELETE and a merge require \`If-Match\` with the \`ETag\` that you read; keys and imports need none. Errors are
[problem documents](/problems) (RFC 9457). Reads, writes and exports each have a rate limit per caller and minute;
every response to a counted request reports it in \`RateLimit\` and \`RateLimit-Policy\`
(draft-ietf-httpapi-ratelimit-headers-11). A 304 response does not count. Every response has an \`X-Request-Id\`: include it when you report a problem. \`OPTIONS\`
returns the methods of a path in \`Allow\`. Bodies of requests must not be compressed.`
