-- All names of an entry, for an index: a line each, as `src/registry/name-keys.ts` writes them, the long ones cut.
CREATE FUNCTION "name_keys"("words" text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT left("line", 200) FROM string_to_table("words", E'\n') "line" WHERE "line" <> '');
--> statement-breakpoint
-- The names that are there, without punctuation: a line each, the code first and then the name.
UPDATE "signatories" SET "words" = (
  SELECT string_agg(coalesce(nullif(btrim(regexp_replace(
    regexp_replace(translate("line", '''’ʻ', ''), '(?<![0-9])\.|\.(?![0-9])', '', 'g'),
    '[\s\u0021-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u007E\u00A1-\u00BF\u2000-\u206F\u3000-\u303F\uFF00-\uFF0F]+', ' ', 'g')),
    ''), "line"), E'\n' ORDER BY "place")
  FROM string_to_table("words", E'\n') WITH ORDINALITY "lines" ("line", "place") WHERE "line" <> '');
--> statement-breakpoint
UPDATE "research_domains" SET "words" = (
  SELECT string_agg(coalesce(nullif(btrim(regexp_replace(
    regexp_replace(translate("line", '''’ʻ', ''), '(?<![0-9])\.|\.(?![0-9])', '', 'g'),
    '[\s\u0021-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u007E\u00A1-\u00BF\u2000-\u206F\u3000-\u303F\uFF00-\uFF0F]+', ' ', 'g')),
    ''), "line"), E'\n' ORDER BY "place")
  FROM string_to_table("words" || E'\n' || "code", E'\n') WITH ORDINALITY "lines" ("line", "place") WHERE "line" <> '');
--> statement-breakpoint
-- The words of names that look like each of `given`, the nearest first; one letter in four may be more or less. Names in
-- other languages stand after an empty line: agreements are not found by them, so their search (no registry) leaves them out.
DO $do$
DECLARE
  home text;
BEGIN
  SELECT n.nspname INTO STRICT home FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_trgm';
  EXECUTE format($function$
    CREATE OR REPLACE FUNCTION "near_names"("given" text[], "registry" text) RETURNS TABLE ("word" text, "near" text[])
      LANGUAGE sql STABLE SET search_path = %I, %I AS
    $$
      WITH names AS (
        SELECT CASE WHEN registry IS NULL THEN split_part(words, E'\n\n', 1) ELSE words END AS words
        FROM signatories WHERE coalesce(registry, 'signatory') = 'signatory'
        UNION ALL SELECT words FROM research_domains WHERE coalesce(registry, 'research_domain') = 'research_domain'
      ), parts AS (
        SELECT DISTINCT part FROM names, string_to_table(translate(words, E'\n', ' '), ' ') part WHERE length(part) > 2
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
CREATE TABLE "signatory_predecessors" (
	"successor_id" uuid NOT NULL,
	"predecessor_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"date" text,
	"first_day" date,
	"last_day" date,
	"kind" text,
	"source" text,
	CONSTRAINT "signatory_predecessors_successor_id_predecessor_id_pk" PRIMARY KEY("successor_id","predecessor_id"),
	CONSTRAINT "signatory_predecessors_itself_check" CHECK ("signatory_predecessors"."successor_id" <> "signatory_predecessors"."predecessor_id"),
	CONSTRAINT "signatory_predecessors_kind_check" CHECK ("signatory_predecessors"."kind" in ('independence', 'end_of_mandate', 'end_of_trusteeship', 'end_of_colony', 'restored_independence', 'dissolution', 'division', 'separation', 'union', 'annexation', 'cession', 'transfer_of_territory', 'continuation', 'renaming', 'change_of_status', 'succession', 'transfer_of_functions', 're_establishment', 'same_country'))
);
--> statement-breakpoint
ALTER TABLE "signatories" ADD COLUMN "names" json DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "signatories" ADD COLUMN "loaded_version" integer;--> statement-breakpoint
-- What nobody edited is as the vocabularies wrote it.
UPDATE "signatories" SET "loaded_version" = 1 WHERE "version" = 1 AND "updated_by" IS NULL;--> statement-breakpoint
ALTER TABLE "signatory_predecessors" ADD CONSTRAINT "signatory_predecessors_successor_fk" FOREIGN KEY ("successor_id") REFERENCES "public"."signatories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signatory_predecessors" ADD CONSTRAINT "signatory_predecessors_predecessor_fk" FOREIGN KEY ("predecessor_id") REFERENCES "public"."signatories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "signatory_predecessors_predecessor_index" ON "signatory_predecessors" USING btree ("predecessor_id");--> statement-breakpoint
CREATE INDEX "signatories_names_index" ON "signatories" USING gin (name_keys(words));