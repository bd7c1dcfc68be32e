-- In the order in which editors lock them.
LOCK TABLE "agreements", "agreement_listings" IN ACCESS EXCLUSIVE MODE;
--> statement-breakpoint
DROP INDEX "agreement_listings_type_index";--> statement-breakpoint
DROP INDEX "agreement_listings_binding_index";--> statement-breakpoint
DROP INDEX "agreement_listings_status_index";--> statement-breakpoint
DROP INDEX "agreement_listings_signed_last_index";--> statement-breakpoint
DROP INDEX "agreement_listings_in_force_index";--> statement-breakpoint
DROP INDEX "agreement_listings_first_act_index";--> statement-breakpoint
DROP INDEX "agreement_listings_last_act_index";--> statement-breakpoint
DROP INDEX "agreement_listings_lists_index";--> statement-breakpoint
-- Spans of years: `19` is a century, `198` a decade, `1984` a year. What lies before 1700 is taken to be in 1700, what
-- lies after 2299 in 2299: an index of spans finds what can match, and the rows themselves tell what does.
CREATE FUNCTION "year_of"("day" date) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN "day" < '1700-01-01' THEN 1700
  WHEN "day" > '2299-12-31' THEN 2299
  ELSE extract(year FROM "day")::integer
END;
--> statement-breakpoint
-- The fewest spans that cover the years from one to another.
CREATE FUNCTION "spans_covering"("first" integer, "last" integer) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
  "year" integer := "first";
  "years" integer;
  "spans" text[] := '{}';
BEGIN
  WHILE "year" <= "last" LOOP
    "years" := CASE
      WHEN "year" % 100 = 0 AND "year" + 99 <= "last" THEN 100
      WHEN "year" % 10 = 0 AND "year" + 9 <= "last" THEN 10
      ELSE 1
    END;
    "spans" := "spans" || ("year" / "years")::text;
    "year" := "year" + "years";
  END LOOP;
  RETURN "spans";
END $$;
--> statement-breakpoint
-- The longer spans that these lie in.
CREATE FUNCTION "spans_above"("spans" text[]) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT DISTINCT left("span", "length") FROM unnest("spans") "span", generate_series(2, length("span") - 1) "length";
END;
--> statement-breakpoint
-- The spans that days are indexed by: those that cover them, and those above these, `198+`, in which they lie in part.
-- Most often they are of one year.
CREATE FUNCTION "spans_of_years"("first" integer, "last" integer) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT "spans" || ARRAY(SELECT "above" || '+' FROM "spans_above"("spans") "above")
  FROM "spans_covering"("first", "last") "spans";
END;
--> statement-breakpoint
CREATE FUNCTION "day_spans"("first" date, "last" date) RETURNS text[] LANGUAGE sql IMMUTABLE COST 10000
RETURN CASE
  WHEN "first" IS NULL THEN NULL
  WHEN "year_of"("first") = "year_of"("last") THEN
    ARRAY["year_of"("first")::text, "year_of"("first") / 10 || '+', "year_of"("first") / 100 || '+']
  ELSE "spans_of_years"("year_of"("first"), "year_of"(coalesce("last", 'infinity')))
END;
--> statement-breakpoint
-- The spans by which days that can fall in a period are found: of its own or within them, and of a longer one.
CREATE FUNCTION "spans_within"("first" date, "last" date) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT "spans" || ARRAY(SELECT "span" || '+' FROM unnest("spans") "span") || ARRAY(SELECT "spans_above"("spans"))
  FROM "spans_covering"("year_of"("first"), "year_of"("last")) "spans";
END;
--> statement-breakpoint
CREATE FUNCTION "labelled"("labels" text[], "spans" text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT array_agg("label" || ' ' || "span") FROM unnest("labels") "label", unnest("spans") "span";
END;
--> statement-breakpoint
-- The spans of acts, under the number of each and under `any`.
CREATE FUNCTION "act_spans"("acts" int4multirange) RETURNS text[] LANGUAGE sql IMMUTABLE COST 10000
BEGIN ATOMIC
  SELECT array_agg("label" || ' ' || "span")
  FROM (
    SELECT "line", lower("days") - "line" * 10000000 AS "from", upper("days") - "line" * 10000000 AS "until"
    FROM (SELECT "days", (lower("days") + 5000000) / 10000000 AS "line" FROM unnest("acts") "days") "act"
  ) "act", unnest("day_spans"(
    CASE WHEN "from" <= -4000000 THEN '-infinity' ELSE '2000-01-01'::date + "from" END,
    CASE WHEN "until" > 4000000 THEN 'infinity' ELSE '2000-01-01'::date + ("until" - 1) END
  )) "span", unnest(ARRAY["line"::text, 'any']) "label";
END;
--> statement-breakpoint
-- The spans of the statuses that follow each other, each from its day to the next one's.
CREATE FUNCTION "standing_spans"("statuses" text[], "since" date[]) RETURNS text[]
  LANGUAGE sql IMMUTABLE COST 10000
BEGIN ATOMIC
  SELECT array_agg("status" || ' ' || "span")
  FROM (
    SELECT "status", "day" AS "first", coalesce(lead("day") OVER (ORDER BY "place"), 'infinity') AS "last"
    FROM unnest("statuses", "since") WITH ORDINALITY "period" ("status", "day", "place")
  ) "period", unnest("spans_covering"("year_of"("first"), "year_of"("last"))) "span";
END;
--> statement-breakpoint
CREATE FUNCTION "standing_spans_on"("statuses" text[], "day" date) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT array_agg("status" || ' ' || left("year_of"("day")::text, "length"))
  FROM unnest("statuses") "status", generate_series(2, 4) "length";
END;
--> statement-breakpoint
-- What was published before, as a publication would write it now: into a table that is emptied first, so that it holds
-- no old rows.
CREATE TEMPORARY TABLE "before" ON COMMIT DROP AS
  SELECT l.*, a."search" FROM "agreement_listings" l JOIN "agreements" a ON a."id" = l."agreement_id";
--> statement-breakpoint
TRUNCATE "agreement_listings";--> statement-breakpoint
ALTER TABLE "agreement_listings" DROP COLUMN "parties";--> statement-breakpoint
ALTER TABLE "agreement_listings" ALTER COLUMN "party_kinds" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "agreement_listings" ALTER COLUMN "acts" SET DATA TYPE int4multirange USING '{}';--> statement-breakpoint
ALTER TABLE "agreement_listings" ADD COLUMN "search" "tsvector" NOT NULL;--> statement-breakpoint
-- Where words make a row long, they stand apart from it, and nothing else does.
ALTER TABLE "agreement_listings" SET (toast_tuple_target = 512),
  ALTER COLUMN "sort_title" SET STORAGE MAIN, ALTER COLUMN "in_force" SET STORAGE MAIN,
  ALTER COLUMN "statuses" SET STORAGE MAIN, ALTER COLUMN "since" SET STORAGE MAIN,
  ALTER COLUMN "party_kinds" SET STORAGE MAIN, ALTER COLUMN "bodies" SET STORAGE MAIN,
  ALTER COLUMN "domains" SET STORAGE MAIN, ALTER COLUMN "events" SET STORAGE MAIN,
  ALTER COLUMN "acts" SET STORAGE MAIN, ALTER COLUMN "warnings" SET STORAGE MAIN,
  ALTER COLUMN "search" SET STORAGE EXTERNAL;--> statement-breakpoint
INSERT INTO "agreement_listings" (
  "agreement_id", "type", "binding", "status", "signed", "signed_last", "next_expiry", "sort_title", "updated_at",
  "in_force", "statuses", "since", "party_kinds", "bodies", "domains", "events", "acts", "first_act", "last_act",
  "warnings", "search"
)
SELECT
  b."agreement_id", b."type", b."binding", b."status", b."signed", b."signed_last", b."next_expiry", b."sort_title",
  b."updated_at", b."in_force", b."statuses", b."since",
  (SELECT string_agg("kind", '+' ORDER BY "kind" COLLATE "C") FROM unnest("party_kinds") "kind"),
  b."bodies", b."domains", b."events",
  coalesce((
    SELECT range_agg(int4range("line" + coalesce("first_day" - '2000-01-01'::date, -4000000),
      "line" + coalesce("last_day" - '2000-01-01'::date, 4000000), '[]'))
    FROM "dates" d, LATERAL (SELECT 10000000 * (array_position("lines", "event") - 1) AS "line") "act"
    WHERE d."agreement_id" = b."agreement_id" AND "preferred" AND coalesce("first_day", "last_day") IS NOT NULL
  ), '{}'),
  b."first_act", b."last_act", b."warnings",
  ts_delete(b."search", ARRAY(SELECT "lexeme" FROM unnest(b."search") WHERE starts_with("lexeme", '~')))
FROM "before" b, (SELECT '{negotiation_started,initialled,adopted,signed,signed_definitively,notes_exchanged,ratified,accepted,approved,acceded,succeeded,notified_completion,provisionally_applied,entered_into_force,registered,reserved,declared,amended,extended,suspended,resumed,denounced,withdrawn,expired,superseded,terminated,corrected}'::text[] AS "lines") "lines";
--> statement-breakpoint
CREATE INDEX "agreement_listings_filters_index" ON "agreement_listings" USING gin ("bodies","domains","events","warnings",(array[party_kinds]),(array[type]),(array[binding]),(array[status]),standing_spans(statuses, since),act_spans(acts),day_spans(signed, signed_last),day_spans(next_expiry, next_expiry),"search") WITH (gin_pending_list_limit=256);--> statement-breakpoint
-- That few match is not to be estimated: it is why the index is asked. Without statistics, nothing is worked out for them.
ALTER INDEX "agreement_listings_filters_index" ALTER COLUMN 5 SET STATISTICS 0, ALTER COLUMN 6 SET STATISTICS 0,
  ALTER COLUMN 7 SET STATISTICS 0, ALTER COLUMN 8 SET STATISTICS 0, ALTER COLUMN 9 SET STATISTICS 0,
  ALTER COLUMN 10 SET STATISTICS 0, ALTER COLUMN 11 SET STATISTICS 0, ALTER COLUMN 12 SET STATISTICS 0;
--> statement-breakpoint
-- Searches ask the same index. The year of signature is no longer a word: the spans know it.
CREATE OR REPLACE FUNCTION "search_vector"("words" text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(to_tsvector('register', split_part("words", E'\n', 1)), 'A')
  || setweight(to_tsvector('register', split_part("words", E'\n', 2)), 'B')
  || setweight(to_tsvector('register', split_part("words", E'\n', 3)), 'C')
  || to_tsvector('register', split_part("words", E'\n', 4));
--> statement-breakpoint
DROP FUNCTION "agreements_found", "agreements_with", "agreements_ranked";
--> statement-breakpoint
-- The index is asked for `loose`, which says no more of phrases than their words; each row then for all of `query`.
CREATE FUNCTION "agreements_with"("loose" tsquery, "query" tsquery) RETURNS SETOF uuid LANGUAGE sql STABLE
  SET enable_seqscan = off SET enable_indexscan = off
BEGIN ATOMIC
  SELECT a."agreement_id" FROM "agreement_listings" a
  WHERE a."search" @@ "loose" AND ("loose" = "query" OR (SELECT a."search" @@ "query" OFFSET 0));
END;
--> statement-breakpoint
-- How many have the words, at most `most`. Words that a hundredth of all has three times as often as that are not counted:
-- to find all that have them, only to leave most of them, takes long.
CREATE FUNCTION "agreements_found"("loose" tsquery, "query" tsquery, "most" integer) RETURNS bigint LANGUAGE sql STABLE
  SET enable_seqscan = off SET enable_indexscan = off
BEGIN ATOMIC
  SELECT CASE
    WHEN (
      SELECT 100 * count(*) > 3 * "most" FROM "agreement_listings" a TABLESAMPLE SYSTEM (1) REPEATABLE (0)
      WHERE a."search" @@ "query"
    ) THEN "most"
    ELSE (
      SELECT count(*) FROM (
        SELECT FROM "agreement_listings" a
        WHERE a."search" @@ "loose" AND ("loose" = "query" OR (SELECT a."search" @@ "query" OFFSET 0)) LIMIT "most"
      ) "found"
    )
  END;
END;
--> statement-breakpoint
DROP INDEX "agreements_search_index";--> statement-breakpoint
ALTER TABLE "agreements" DROP COLUMN "search";
