-- Stems of English without its stop words, for titles in every language: `IT` and `NO` are states too.
CREATE TEXT SEARCH DICTIONARY "register_stem" (TEMPLATE = snowball, LANGUAGE = english);
--> statement-breakpoint
CREATE TEXT SEARCH CONFIGURATION "register" (COPY = simple);
--> statement-breakpoint
ALTER TEXT SEARCH CONFIGURATION "register" ALTER MAPPING FOR asciiword, word, numword WITH "register_stem";
--> statement-breakpoint
-- The vector of an agreement: the year of its signature (`~2019`, which no word is), so that a search can begin with the
-- latest, then four lines of words, those that tell most of it first.
CREATE FUNCTION "search_vector"("words" text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(ARRAY['~' || split_part("words", E'\n', 1)])
  || setweight(to_tsvector('register', split_part("words", E'\n', 2)), 'A')
  || setweight(to_tsvector('register', split_part("words", E'\n', 3)), 'B')
  || setweight(to_tsvector('register', split_part("words", E'\n', 4)), 'C')
  || to_tsvector('register', split_part("words", E'\n', 5));
--> statement-breakpoint
-- The three questions that searches ask of the index. The planner takes the reading of a vector for cheap, and would
-- rather read the whole table: within these functions it must not.
CREATE FUNCTION "agreements_found"("query" tsquery, "most" integer) RETURNS bigint LANGUAGE sql STABLE
  SET enable_seqscan = off SET enable_indexscan = off
BEGIN ATOMIC
  SELECT count(*) FROM (
    SELECT FROM "agreements" a WHERE a."search" @@ "query" AND a."deleted_at" IS NULL LIMIT "most"
  ) found;
END;
--> statement-breakpoint
CREATE FUNCTION "agreements_with"("query" tsquery) RETURNS SETOF uuid LANGUAGE sql STABLE
  SET enable_seqscan = off SET enable_indexscan = off
BEGIN ATOMIC
  SELECT a."id" FROM "agreements" a WHERE a."search" @@ "query" AND a."deleted_at" IS NULL;
END;
--> statement-breakpoint
CREATE FUNCTION "agreements_ranked"("query" tsquery) RETURNS TABLE ("id" uuid, "rank" real) LANGUAGE sql STABLE
  SET enable_seqscan = off SET enable_indexscan = off
BEGIN ATOMIC
  SELECT a."id", ts_rank(a."search", "query") FROM "agreements" a
  WHERE a."search" @@ "query" AND a."deleted_at" IS NULL;
END;
--> statement-breakpoint
-- Documents and vectors stand apart from their rows, so that counting finds reads few pages.
ALTER TABLE "agreements" SET (toast_tuple_target = 256);
--> statement-breakpoint
-- What was written last waits in a list that every search reads from end to end: a short one, hence (kB).
ALTER INDEX "agreements_search_index" SET (gin_pending_list_limit = 256);
--> statement-breakpoint
-- The words of names that look like each of `given`, the nearest first; one letter in four may be more or less.
-- `pg_trgm` may be there already, in any schema.
DO $do$
DECLARE
  home text;
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  SELECT n.nspname INTO STRICT home FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_trgm';
  EXECUTE format($function$
    CREATE FUNCTION "near_names"("given" text[], "registry" text) RETURNS TABLE ("word" text, "near" text[])
      LANGUAGE sql STABLE SET search_path = %I, %I AS
    $$
      WITH names AS (
        SELECT words FROM signatories WHERE coalesce(registry, 'signatory') = 'signatory'
        UNION ALL SELECT words FROM research_domains WHERE coalesce(registry, 'research_domain') = 'research_domain'
      ), parts AS (
        SELECT DISTINCT part
        FROM names, string_to_table(translate(words, E'\n-:.,;/&()''"', repeat(' ', 12)), ' ') part WHERE length(part) > 2
      )
      SELECT g.word, ARRAY(
        SELECT part FROM parts
        WHERE abs(length(part) - length(g.word)) <= length(g.word) / 4 AND similarity(part, g.word) >= 0.15
        ORDER BY similarity(part, g.word) DESC, part LIMIT 50
      )
      FROM unnest(given) g (word)
    $$ $function$, current_schema(), home);
END $do$;
--> statement-breakpoint
-- Agreements that are there get their new vectors from the worker that follows the registry.
INSERT INTO "registry_changes" ("registry", "entry_id")
  SELECT DISTINCT 'signatory', "party_id" FROM "agreement_parties";
