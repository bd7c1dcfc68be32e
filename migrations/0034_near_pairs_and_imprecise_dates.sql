CREATE INDEX "dates_imprecise_index" ON "dates" USING gist (daterange(first_day, last_day, '[]')) WHERE first_day is distinct from last_day;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION "agreements_near"("own_id" uuid, "by_day" integer, "by_title" integer)
  RETURNS TABLE ("id" uuid, "signed" date, "signed_last" date, "same_title" boolean)
  LANGUAGE plpgsql STABLE ROWS 100
  SET enable_bitmapscan = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS
$$
BEGIN
  RETURN QUERY
    WITH own AS MATERIALIZED (
      SELECT l.sort_title, coalesce(l.signed, '-infinity') AS day, isfinite(l.signed) AS known
      FROM agreement_listings l WHERE l.agreement_id = own_id
    ), pair AS MATERIALIZED (
      SELECT q.one, q.other FROM agreement_pairs q WHERE q.agreement_id = own_id ORDER BY q.one, q.other LIMIT 4
    ), near (agreement_id) AS (
      SELECT n.agreement_id FROM own CROSS JOIN pair p CROSS JOIN LATERAL (
        (SELECT a.agreement_id FROM agreement_pairs a WHERE a.one = p.one AND a.other = p.other AND a.signed >= own.day
          ORDER BY a.signed, a.agreement_id LIMIT by_day)
        UNION ALL
        (SELECT a.agreement_id FROM agreement_pairs a WHERE a.one = p.one AND a.other = p.other AND a.signed < own.day
          ORDER BY a.signed DESC, a.agreement_id DESC LIMIT by_day)
        UNION ALL
        (SELECT a.agreement_id FROM agreement_pairs a WHERE own.known AND a.one = p.one AND a.other = p.other
          AND a.signed = date_trunc('month', own.day)::date LIMIT by_day)
        UNION ALL
        (SELECT a.agreement_id FROM agreement_pairs a WHERE own.known AND a.one = p.one AND a.other = p.other
          AND a.signed = date_trunc('year', own.day)::date LIMIT by_day)
      ) n
      UNION
      SELECT n.agreement_id FROM own CROSS JOIN LATERAL (
        (SELECT l.agreement_id FROM agreement_listings l WHERE (l.sort_title, l.agreement_id) > (own.sort_title, own_id)
          ORDER BY l.sort_title, l.agreement_id LIMIT by_title)
        UNION ALL
        (SELECT l.agreement_id FROM agreement_listings l WHERE (l.sort_title, l.agreement_id) < (own.sort_title, own_id)
          ORDER BY l.sort_title DESC, l.agreement_id DESC LIMIT by_title)
      ) n
      WHERE EXISTS (
        SELECT FROM pair p JOIN agreement_pairs x
          ON x.agreement_id = n.agreement_id AND x.one = p.one AND x.other = p.other)
    )
    SELECT n.agreement_id, l.signed, l.signed_last, l.sort_title = own.sort_title
    FROM own CROSS JOIN near n JOIN agreement_listings l ON l.agreement_id = n.agreement_id
    WHERE n.agreement_id <> own_id;
END $$;
