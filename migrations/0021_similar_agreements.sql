-- Agreements that may be the same as one: at most `by_day` in each direction in the order of signature of each party, and
-- at most `by_title` in each direction in the order of titles, that have parties of both sides on opposite sides. Of the
-- parties on each side, two are enough. A date such as `2019` is listed at the first day of the year, hence the two other
-- days. The settings make every branch read its index in order and stop at its limit: by its estimates the planner would
-- sort all agreements of a party.
CREATE FUNCTION "agreements_near"("own_id" uuid, "by_day" integer, "by_title" integer)
  RETURNS TABLE ("id" uuid, "signed" date, "signed_last" date, "same_title" boolean)
  LANGUAGE plpgsql STABLE ROWS 100
  SET enable_bitmapscan = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS
$$
BEGIN
  RETURN QUERY
    WITH own AS MATERIALIZED (
      SELECT l.sort_title, coalesce(l.signed, '-infinity') AS day, isfinite(l.signed) AS known
      FROM agreement_listings l WHERE l.agreement_id = own_id
    ), party AS MATERIALIZED (
      SELECT p.party_id, p.side FROM (
        SELECT q.party_id, q.side, row_number() OVER (PARTITION BY q.side ORDER BY q.party_id) AS nth
        FROM agreement_parties q WHERE q.agreement_id = own_id
      ) p WHERE nth <= 2
    ), near (agreement_id) AS (
      SELECT n.agreement_id FROM own CROSS JOIN party p CROSS JOIN LATERAL (
        (SELECT a.agreement_id FROM agreement_parties a WHERE a.party_id = p.party_id AND a.signed >= own.day
          ORDER BY a.signed, a.agreement_id LIMIT by_day)
        UNION ALL
        (SELECT a.agreement_id FROM agreement_parties a WHERE a.party_id = p.party_id AND a.signed < own.day
          ORDER BY a.signed DESC, a.agreement_id DESC LIMIT by_day)
        UNION ALL
        (SELECT a.agreement_id FROM agreement_parties a
          WHERE own.known AND a.party_id = p.party_id AND a.signed = date_trunc('month', own.day)::date LIMIT by_day)
        UNION ALL
        (SELECT a.agreement_id FROM agreement_parties a
          WHERE own.known AND a.party_id = p.party_id AND a.signed = date_trunc('year', own.day)::date LIMIT by_day)
      ) n
      UNION
      SELECT n.agreement_id FROM own CROSS JOIN LATERAL (
        (SELECT l.agreement_id FROM agreement_listings l WHERE (l.sort_title, l.agreement_id) > (own.sort_title, own_id)
          ORDER BY l.sort_title, l.agreement_id LIMIT by_title)
        UNION ALL
        (SELECT l.agreement_id FROM agreement_listings l WHERE (l.sort_title, l.agreement_id) < (own.sort_title, own_id)
          ORDER BY l.sort_title DESC, l.agreement_id DESC LIMIT by_title)
      ) n
    )
    SELECT n.agreement_id, l.signed, l.signed_last, l.sort_title = own.sort_title
    FROM own CROSS JOIN near n JOIN agreement_listings l ON l.agreement_id = n.agreement_id
    WHERE n.agreement_id <> own_id AND EXISTS (
      SELECT FROM party p JOIN party q ON q.side > p.side
        JOIN agreement_parties x ON x.agreement_id = n.agreement_id AND x.party_id = p.party_id
        JOIN agreement_parties y ON y.agreement_id = n.agreement_id AND y.party_id = q.party_id AND y.side <> x.side);
END $$;
