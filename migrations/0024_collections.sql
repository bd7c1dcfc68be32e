-- In the order in which editors lock them.
LOCK TABLE "agreements", "agreement_listings" IN ACCESS EXCLUSIVE MODE;
--> statement-breakpoint
CREATE TABLE "collections" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"words" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_by" text,
	"name" text NOT NULL,
	"publisher" text,
	"url" text,
	"licence" text,
	"as_of" date,
	"note" text,
	CONSTRAINT "collections_code_key" UNIQUE("code"),
	CONSTRAINT "collections_code_check" CHECK ("collections"."code" = lower("collections"."code"))
);
--> statement-breakpoint
ALTER TABLE "registry_deletions" DROP CONSTRAINT "registry_deletions_registry_check";--> statement-breakpoint
DROP INDEX "agreement_listings_filters_index";--> statement-breakpoint
ALTER TABLE "agreement_listings" ADD COLUMN "collection_id" uuid;--> statement-breakpoint
ALTER TABLE "agreements" ADD COLUMN "collection_id" uuid;--> statement-breakpoint
CREATE INDEX "collections_names_index" ON "collections" USING gin (name_keys(words));--> statement-breakpoint
ALTER TABLE "agreements" ADD CONSTRAINT "agreements_collection_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "agreements_collection_index" ON "agreements" USING btree ("collection_id","id");--> statement-breakpoint
CREATE INDEX "agreement_listings_filters_index" ON "agreement_listings" USING gin ("bodies","domains","events","warnings",(array[party_kinds]),(array[type]),(array[binding]),(array[status]),standing_spans(statuses, since),act_spans(acts),day_spans(signed, signed_last),day_spans(next_expiry, next_expiry),"search",(array[status_basis]),standing_spans(bases, since),(array[collection_id])) WITH (gin_pending_list_limit=256);--> statement-breakpoint
-- As in the migration `one_index`.
ALTER INDEX "agreement_listings_filters_index" ALTER COLUMN 5 SET STATISTICS 0, ALTER COLUMN 6 SET STATISTICS 0,
  ALTER COLUMN 7 SET STATISTICS 0, ALTER COLUMN 8 SET STATISTICS 0, ALTER COLUMN 9 SET STATISTICS 0,
  ALTER COLUMN 10 SET STATISTICS 0, ALTER COLUMN 11 SET STATISTICS 0, ALTER COLUMN 12 SET STATISTICS 0,
  ALTER COLUMN 14 SET STATISTICS 0, ALTER COLUMN 15 SET STATISTICS 0, ALTER COLUMN 16 SET STATISTICS 0;
--> statement-breakpoint
ALTER TABLE "registry_deletions" ADD CONSTRAINT "registry_deletions_registry_check" CHECK ("registry_deletions"."registry" in ('signatory', 'research_domain', 'collection'));--> statement-breakpoint
-- As in the migration `predecessors_and_names`, with collections: no agreement is found by the name of its collection.
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
        UNION ALL SELECT words FROM collections WHERE registry = 'collection'
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
