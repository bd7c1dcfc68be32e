CREATE TABLE "agreement_pairs" (
	"agreement_id" uuid NOT NULL,
	"one" uuid NOT NULL,
	"other" uuid NOT NULL,
	"signed" date NOT NULL,
	"in_force" datemultirange,
	CONSTRAINT "agreement_pairs_pk" PRIMARY KEY("agreement_id","one","other")
);
--> statement-breakpoint
ALTER TABLE "agreement_parties" ADD COLUMN "domains" uuid[];--> statement-breakpoint
ALTER TABLE "agreement_parties" ADD COLUMN "in_force" datemultirange;--> statement-breakpoint
-- What was published before, as a publication would write it now. An entry of an index has at most 64 domains and periods.
LOCK TABLE "agreements", "agreement_listings", "agreement_parties" IN EXCLUSIVE MODE;
--> statement-breakpoint
UPDATE "agreement_parties" p SET "domains" = n."domains", "in_force" = n."in_force"
FROM (
  SELECT p."agreement_id", p."party_id", CASE WHEN cardinality(l."domains") <= 64 THEN l."domains" END AS "domains",
    CASE
      WHEN (SELECT count(*) FROM unnest(l."in_force")) <= 64 AND (SELECT count(*) FROM unnest(own."in_force")) <= 64
      THEN own."in_force" * l."in_force"
    END AS "in_force"
  FROM "agreement_parties" p JOIN "agreement_listings" l USING ("agreement_id"), LATERAL (
    SELECT coalesce(l."parties_in_force"[array_position(l."parties", p."party_id")], l."in_force") AS "in_force"
  ) own
) n
WHERE n."agreement_id" = p."agreement_id" AND n."party_id" = p."party_id";
--> statement-breakpoint
INSERT INTO "agreement_pairs" ("agreement_id", "one", "other", "signed", "in_force")
SELECT p."agreement_id", least(p."party_id", o."party_id"), greatest(p."party_id", o."party_id"), p."signed",
  p."in_force" * o."in_force"
FROM "agreement_parties" p JOIN "agreement_parties" o ON o."agreement_id" = p."agreement_id" AND o."side" > p."side";
--> statement-breakpoint
ALTER TABLE "agreement_pairs" ADD CONSTRAINT "agreement_pairs_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "agreement_pairs_latest_index" ON "agreement_pairs" USING btree ("one","other","signed" DESC NULLS FIRST,"agreement_id" DESC NULLS FIRST) INCLUDE ("in_force");--> statement-breakpoint
DROP INDEX "agreement_parties_latest_index";--> statement-breakpoint
CREATE INDEX "agreement_parties_latest_index" ON "agreement_parties" USING btree ("party_id","signed" DESC NULLS FIRST,"agreement_id" DESC NULLS FIRST) INCLUDE ("domains","in_force");--> statement-breakpoint
CREATE INDEX "agreement_pairs_early_index" ON "agreement_pairs" USING btree ("one","other","signed" DESC NULLS FIRST,"agreement_id" DESC NULLS FIRST) INCLUDE ("in_force") WHERE coalesce(lower(in_force) < signed, true);--> statement-breakpoint
CREATE INDEX "agreement_parties_early_index" ON "agreement_parties" USING btree ("party_id","signed" DESC NULLS FIRST,"agreement_id" DESC NULLS FIRST) INCLUDE ("domains","in_force") WHERE coalesce(lower(in_force) < signed, true);
--> statement-breakpoint
-- Whether so many have the words that they are not to be counted: to find all, only to leave most of them, takes long. A
-- sample of 16 pages tells, in registers of any size; a word of one import, whose rows are next to each other, is on few.
CREATE FUNCTION "agreements_are_common"("query" tsquery, "most" integer) RETURNS boolean LANGUAGE plpgsql STABLE
AS $$
DECLARE
  "pages" bigint := pg_relation_size('agreement_listings') / current_setting('block_size')::bigint;
BEGIN
  RETURN (
    SELECT count(DISTINCT "place"[0]) >= 4 AND count(*) * "pages" > 48 * "most" FROM (
      SELECT a."ctid"::text::point AS "place" FROM "agreement_listings" a
      WHERE a."ctid" = ANY (ARRAY(
        SELECT ('(' || "pages" * "sampled" / 16 || ',' || "row" || ')')::tid
        FROM generate_series(0, 15) "sampled", generate_series(1, 8) "row"
      )) AND a."search" @@ "query"
    ) "found"
  );
END $$;
--> statement-breakpoint
DROP FUNCTION "agreements_found";
--> statement-breakpoint
CREATE FUNCTION "agreements_found"("loose" tsquery, "query" tsquery, "most" integer) RETURNS bigint
  LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_indexscan = off
AS $$
BEGIN
  IF "agreements_are_common"("query", "most") THEN
    RETURN "most";
  END IF;
  RETURN (
    SELECT count(*) FROM (
      SELECT FROM "agreement_listings" a
      WHERE a."search" @@ "loose" AND ("loose" = "query" OR (SELECT a."search" @@ "query" OFFSET 0)) LIMIT "most"
    ) "found"
  );
END $$;
--> statement-breakpoint
-- All that have the words, with their rank; a single row of nulls if more than `most` have them.
CREATE FUNCTION "agreements_ranked"("loose" tsquery, "query" tsquery, "most" integer)
  RETURNS TABLE ("id" uuid, "rank" real)
  LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_indexscan = off
AS $$
BEGIN
  IF NOT "agreements_are_common"("query", "most" + 1) THEN
    RETURN QUERY WITH "found" AS MATERIALIZED (
      SELECT a."agreement_id", a."search" FROM "agreement_listings" a
      WHERE a."search" @@ "loose" AND ("loose" = "query" OR (SELECT a."search" @@ "query" OFFSET 0)) LIMIT "most" + 1
    )
    SELECT f."agreement_id", ts_rank(f."search", "query") FROM "found" f
    WHERE (SELECT count(*) FROM "found") <= "most"
    UNION ALL SELECT NULL, NULL WHERE (SELECT count(*) FROM "found") > "most";
  ELSE
    RETURN QUERY SELECT NULL::uuid, NULL::real;
  END IF;
END $$;
