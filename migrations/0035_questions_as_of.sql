CREATE TABLE "versions_to_list" (
	"agreement_id" uuid NOT NULL,
	"version" integer NOT NULL,
	CONSTRAINT "versions_to_list_pk" PRIMARY KEY("agreement_id","version")
);
--> statement-breakpoint
CREATE TABLE "predecessor_history" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "predecessor_history_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"successor_id" uuid NOT NULL,
	"predecessor_id" uuid NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"removed" boolean NOT NULL,
	"kind" text,
	"last_day" date
);
--> statement-breakpoint
CREATE TABLE "registry_history" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "registry_history_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"registry" text NOT NULL,
	"entry_id" uuid NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"code" text,
	"name" text,
	"kind" text,
	"parent_id" uuid,
	"depth" smallint,
	"valid_to_day" date,
	CONSTRAINT "registry_history_registry_check" CHECK ("registry_history"."registry" in ('signatory', 'research_domain', 'collection'))
);
--> statement-breakpoint
CREATE INDEX "predecessor_history_successor_index" ON "predecessor_history" USING btree ("successor_id","predecessor_id");--> statement-breakpoint
CREATE INDEX "registry_history_entry_index" ON "registry_history" USING btree ("registry","entry_id","since" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
-- The versions of an instant are found by the index alone.
ALTER TABLE "agreement_version_listings" DROP CONSTRAINT "agreement_version_listings_version_fk";--> statement-breakpoint
ALTER TABLE "agreement_versions" DROP CONSTRAINT "agreement_versions_pk";--> statement-breakpoint
ALTER TABLE "agreement_versions" ADD CONSTRAINT "agreement_versions_pk" PRIMARY KEY ("agreement_id", "version") INCLUDE ("published_at");--> statement-breakpoint
ALTER TABLE "agreement_version_listings" ADD CONSTRAINT "agreement_version_listings_version_fk" FOREIGN KEY ("agreement_id","version") REFERENCES "public"."agreement_versions"("agreement_id","version") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
-- A version that is the latest, and has no listing, is not listed.
INSERT INTO "versions_to_list" ("agreement_id", "version")
  SELECT v."agreement_id", v."version" FROM "agreement_versions" v JOIN "agreements" a ON a."id" = v."agreement_id"
  WHERE v."document" IS NOT NULL AND v."version" < a."version"
    AND NOT EXISTS (
      SELECT FROM "agreement_version_listings" l WHERE l."agreement_id" = v."agreement_id" AND l."version" = v."version");
--> statement-breakpoint
-- What entries of registries were before is known of the merged ones only.
INSERT INTO "registry_history" ("registry", "entry_id", "since", "code", "name", "kind", "parent_id", "depth", "valid_to_day")
  SELECT 'signatory', "id", '-infinity'::timestamptz, "code", "name", "kind", "parent_id", "depth", "valid_to_day"
  FROM "signatories"
  UNION ALL
  SELECT 'research_domain', "id", '-infinity'::timestamptz, "scheme" || ':' || "code", "label", NULL, "broader_id", "depth",
    NULL::date
  FROM "research_domains"
  UNION ALL
  SELECT 'collection', "id", '-infinity'::timestamptz, "code", "name", NULL, NULL::uuid, 0, NULL::date FROM "collections"
  UNION ALL
  SELECT 'signatory', r."id", '-infinity'::timestamptz, r."code", r."name", r."kind", r."parent_id",
    coalesce(r."parent_depth" + 1, 0), r."valid_to_day"
  FROM "signatory_merges" m, json_populate_record(NULL::"signatories", m."undo" -> 'lost') r WHERE m."undone_at" IS NULL
  UNION ALL
  SELECT 'signatory', "lost_id", "merged_at", NULL, NULL, NULL, NULL::uuid, NULL::smallint, NULL::date
  FROM "signatory_merges" WHERE "undone_at" IS NULL;
--> statement-breakpoint
INSERT INTO "predecessor_history" ("successor_id", "predecessor_id", "since", "removed", "kind", "last_day")
  SELECT "successor_id", "predecessor_id", '-infinity', false, "kind", "last_day" FROM "signatory_predecessors";
--> statement-breakpoint
CREATE FUNCTION "record_signatory"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "registry_history" ("registry", "entry_id", "since", "code", "name", "kind", "parent_id", "depth", "valid_to_day")
  VALUES ('signatory', NEW."id", date_trunc('milliseconds', clock_timestamp()), NEW."code", NEW."name", NEW."kind",
    NEW."parent_id", NEW."depth", NEW."valid_to_day");
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "record_research_domain"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "registry_history" ("registry", "entry_id", "since", "code", "name", "parent_id", "depth")
  VALUES ('research_domain', NEW."id", date_trunc('milliseconds', clock_timestamp()), NEW."scheme" || ':' || NEW."code",
    NEW."label", NEW."broader_id", NEW."depth");
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "record_collection"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "registry_history" ("registry", "entry_id", "since", "code", "name", "depth")
  VALUES ('collection', NEW."id", date_trunc('milliseconds', clock_timestamp()), NEW."code", NEW."name", 0);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "record_deleted_entry"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "registry_history" ("registry", "entry_id", "since")
  VALUES (TG_ARGV[0], OLD."id", date_trunc('milliseconds', clock_timestamp()));
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "record_predecessor"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO "predecessor_history" ("successor_id", "predecessor_id", "since", "removed")
    VALUES (OLD."successor_id", OLD."predecessor_id", date_trunc('milliseconds', clock_timestamp()), true);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO "predecessor_history" ("successor_id", "predecessor_id", "since", "removed", "kind", "last_day")
    VALUES (NEW."successor_id", NEW."predecessor_id", date_trunc('milliseconds', clock_timestamp()), false, NEW."kind",
      NEW."last_day");
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "signatories_added" AFTER INSERT ON "signatories" FOR EACH ROW EXECUTE FUNCTION "record_signatory"();--> statement-breakpoint
CREATE TRIGGER "signatories_changed" AFTER UPDATE ON "signatories" FOR EACH ROW
  WHEN ((OLD."code", OLD."name", OLD."kind", OLD."parent_id", OLD."depth", OLD."valid_to_day")
    IS DISTINCT FROM (NEW."code", NEW."name", NEW."kind", NEW."parent_id", NEW."depth", NEW."valid_to_day"))
  EXECUTE FUNCTION "record_signatory"();--> statement-breakpoint
CREATE TRIGGER "signatories_deleted" AFTER DELETE ON "signatories" FOR EACH ROW
  EXECUTE FUNCTION "record_deleted_entry"('signatory');--> statement-breakpoint
CREATE TRIGGER "research_domains_added" AFTER INSERT ON "research_domains" FOR EACH ROW
  EXECUTE FUNCTION "record_research_domain"();--> statement-breakpoint
CREATE TRIGGER "research_domains_changed" AFTER UPDATE ON "research_domains" FOR EACH ROW
  WHEN ((OLD."scheme", OLD."code", OLD."label", OLD."broader_id", OLD."depth")
    IS DISTINCT FROM (NEW."scheme", NEW."code", NEW."label", NEW."broader_id", NEW."depth"))
  EXECUTE FUNCTION "record_research_domain"();--> statement-breakpoint
CREATE TRIGGER "research_domains_deleted" AFTER DELETE ON "research_domains" FOR EACH ROW
  EXECUTE FUNCTION "record_deleted_entry"('research_domain');--> statement-breakpoint
CREATE TRIGGER "collections_added" AFTER INSERT ON "collections" FOR EACH ROW EXECUTE FUNCTION "record_collection"();--> statement-breakpoint
CREATE TRIGGER "collections_changed" AFTER UPDATE ON "collections" FOR EACH ROW
  WHEN ((OLD."code", OLD."name") IS DISTINCT FROM (NEW."code", NEW."name"))
  EXECUTE FUNCTION "record_collection"();--> statement-breakpoint
CREATE TRIGGER "collections_deleted" AFTER DELETE ON "collections" FOR EACH ROW
  EXECUTE FUNCTION "record_deleted_entry"('collection');--> statement-breakpoint
CREATE TRIGGER "signatory_predecessors_changed" AFTER INSERT OR UPDATE OR DELETE ON "signatory_predecessors" FOR EACH ROW
  EXECUTE FUNCTION "record_predecessor"();
