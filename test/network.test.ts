import { expect, test } from 'vitest'
import { gexfOf } from '../src/network/gexf.ts'

test('a network as GEXF has each node and edge, whatever the names contain', async () => {
  const counts = { agreements: 2, inForce: 1 }
  const gexf = await gexfOf(
    {
      nodes: [
        { code: 'US', name: 'A <b> & "c" \u0001 d', kind: 'state', ...counts },
        { code: 'JP', name: 'Japan', kind: 'state', ...counts },
      ],
      edges: [{ source: 'JP', target: 'US', ...counts }],
    },
    '2026-11-28',
  )
  expect(gexf).toContain('<node id="US" label="A &lt;b&gt; &amp; &quot;c&quot;  d">')
  expect(gexf).toContain('<edge id="0" source="JP" target="US" weight="2">')
})
