/** The memorandum of the United States and Korea in the sample register: its id is fixed there. */
const memorandum = '/v1/agreements/01a0c451-6218-7549-96ad-388bcf6f4db3'

/**
 * What stands at the top of Swagger UI, in Markdown. Its questions are asked of the sample register; the table in the
 * README gives their answers, and `test/questions.test.ts` holds all three together.
 */
export const guide = `A register of bilateral agreements: who agreed what with whom, when, and who says so.

**Questions to begin with.** Each opens with its answer in the sample register, as JSON (in Chrome, tick Pretty-print):

1. [Who says that the United States and Korea signed on 27 October 2019?](/v1/dates?party=KR&event=signed)
   Each day that a source gives, and the one that the register holds for right.
2. [Is that the 13th agreement of Homeland Security with a state?](${memorandum}/position?signatory=US-DHS&partyKind=state)
   Its number, and the agreement before it.
   [And with the European Commission counted?](${memorandum}/position?signatory=US-DHS)
3. [What have the United States and Korea agreed?](/v1/agreements?pair=US,KR)
   Whole agreements, with all that is known of them and from where.
4. [What was in force between the United States and the Netherlands on 1 April 2016?](/v1/agreements?pair=US,NL&inForceOn=2016-04-01)
   What had entered into force by that day, and had not ended.
5. [Which agreements cover infectious disease?](/v1/agreements?researchDomain=theme:infectious-disease-control)
   Those that cover narrower topics are found too.
6. [Which speak of floods?](/v1/agreements?q=floods)
   Words are found in titles, names, places and topics, without regard to accents and endings.
7. [How many has Homeland Security signed a year?](/v1/statistics?groupBy=signedYear&signatory=US-DHS)
   And how many of them are in force.
8. [With whom have the United States agreed?](/v1/statistics?groupBy=pair&party=US)
   How often with each, since when and until when.
9. [What ends, renews itself or needs notice in the next six months?](/v1/deadlines)
   A calendar program can subscribe to it: add \`format=ics\`.
10. [Who changed the memorandum with Korea, when and why?](${memorandum}/versions)
   Every version, with what changed.
11. [May I have its agreements in a spreadsheet?](/v1/agreements/export?bom=true&signatory=US-DHS)
    A file with one row an agreement.

Reading takes no key; to write, press Authorize and give one (the first start of the server prints it).

Anything else is asked below: open a line, fill in what matters, leave the rest empty, and press Execute. A day is
written \`2019-10-23\`. A mistake is answered with what is wrong and what was probably meant.

**For programs.** Days are \`YYYY-MM-DD\`, instants are RFC 3339 in UTC. No field is ever missing from an answer (\`total\` is
there when it was asked for): \`null\` means unknown or not applicable. Answers may gain fields; an unknown field or parameter in a request is refused. Every
write of what exists takes the \`ETag\` that you read as \`If-Match\`. [Problems](/problems) are RFC 9457 documents.
Reads, writes and exports have a budget each, by the minute and caller: \`RateLimit\` and \`RateLimit-Policy\` on every
answer tells of it, where it is counted (draft-ietf-httpapi-ratelimit-headers-11). An answer of 304 is free.`
