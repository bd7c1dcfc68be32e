-- In the order in which editors lock them.
LOCK TABLE "agreements", "agreement_listings" IN ACCESS EXCLUSIVE MODE;
--> statement-breakpoint
-- What was published before, as a publication would write it now.
CREATE FUNCTION pg_temp."kinds_of_sides"("id" uuid) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT string_agg("kind", ',' ORDER BY "kind" COLLATE "C")
  FROM (
    SELECT CASE WHEN count(DISTINCT s."kind") = 1 THEN min(s."kind") ELSE 'mixed' END AS "kind"
    FROM "agreement_parties" p JOIN "signatories" s ON s."id" = p."party_id"
    WHERE p."agreement_id" = "kinds_of_sides"."id" GROUP BY p."side"
  ) "sides";
END;
--> statement-breakpoint
ALTER TABLE "agreement_listings" ADD COLUMN "side_kinds" text;
--> statement-breakpoint
-- The whole table is written anew, so that it holds no old rows.
ALTER TABLE "agreement_listings" ALTER COLUMN "side_kinds" SET DATA TYPE text USING pg_temp."kinds_of_sides"("agreement_id");
--> statement-breakpoint
ALTER TABLE "agreement_listings" ALTER COLUMN "side_kinds" SET NOT NULL, ALTER COLUMN "side_kinds" SET STORAGE MAIN;
--> statement-breakpoint
DROP FUNCTION pg_temp."kinds_of_sides";
