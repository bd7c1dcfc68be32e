CREATE TABLE "agreement_listings" (
	"agreement_id" uuid PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"binding" text NOT NULL,
	"status" text NOT NULL,
	"signed" date,
	"signed_last" date,
	"next_expiry" date,
	"sort_title" text NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"in_force" datemultirange NOT NULL,
	"statuses" text[] NOT NULL,
	"since" date[] NOT NULL,
	"parties" uuid[] NOT NULL,
	"party_kinds" text[] NOT NULL,
	"bodies" uuid[] NOT NULL,
	"domains" uuid[] NOT NULL,
	"events" text[] NOT NULL,
	"acts" datemultirange NOT NULL,
	"first_act" date,
	"last_act" date,
	"warnings" text[] NOT NULL,
	CONSTRAINT "agreement_listings_status_check" CHECK ("agreement_listings"."status" in ('negotiating', 'signed', 'provisionally_applied', 'in_force', 'suspended', 'terminated', 'unknown'))
);
--> statement-breakpoint
DROP INDEX "agreement_parties_signed_index";--> statement-breakpoint
ALTER TABLE "agreement_listings" ADD CONSTRAINT "agreement_listings_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- What was published before, as a publication would write it now.
INSERT INTO "agreement_listings"
WITH RECURSIVE "body_up" ("id", "above") AS (
  SELECT "id", "id" FROM "signatories"
  UNION SELECT u."id", s."parent_id" FROM "body_up" u JOIN "signatories" s ON s."id" = u."above" WHERE s."parent_id" IS NOT NULL
), "domain_up" ("id", "above") AS (
  SELECT "id", "id" FROM "research_domains"
  UNION SELECT u."id", d."broader_id" FROM "domain_up" u JOIN "research_domains" d ON d."id" = u."above" WHERE d."broader_id" IS NOT NULL
)
SELECT a."id", a."type", a."binding", a."status", a."signed", a."signed_last", a."next_expiry", left(a."sort_title", 200),
  a."updated_at", a."in_force",
  ARRAY(SELECT p."status" FROM "agreement_periods" p WHERE p."agreement_id" = a."id" ORDER BY p."position"),
  ARRAY(SELECT coalesce(lower(p."period"), '-infinity') FROM "agreement_periods" p WHERE p."agreement_id" = a."id" ORDER BY p."position"),
  ARRAY(SELECT p."party_id" FROM "agreement_parties" p WHERE p."agreement_id" = a."id" ORDER BY p."side", p."party_id"),
  ARRAY(SELECT DISTINCT s."kind" FROM "agreement_parties" p JOIN "signatories" s ON s."id" = p."party_id" WHERE p."agreement_id" = a."id"),
  ARRAY(SELECT DISTINCT u."above" FROM "signatures" g JOIN "body_up" u ON u."id" = g."signatory_id" WHERE g."agreement_id" = a."id"),
  ARRAY(SELECT DISTINCT u."above" FROM "agreement_domains" c JOIN "domain_up" u ON u."id" = c."domain_id" WHERE c."agreement_id" = a."id"),
  ARRAY(SELECT DISTINCT d."event" FROM "dates" d WHERE d."agreement_id" = a."id" AND d."preferred"),
  (SELECT coalesce(range_agg(daterange(d."first_day", d."last_day", '[]')), '{}') FROM "dates" d
    WHERE d."agreement_id" = a."id" AND d."preferred" AND coalesce(d."first_day", d."last_day") IS NOT NULL),
  least(
    (SELECT min(coalesce(d."first_day", '-infinity')) FROM "dates" d
      WHERE d."agreement_id" = a."id" AND d."preferred" AND coalesce(d."first_day", d."last_day") IS NOT NULL),
    (SELECT min(lower(p."period")) FROM "agreement_periods" p WHERE p."agreement_id" = a."id")),
  (SELECT max(coalesce(d."last_day", 'infinity')) FROM "dates" d
    WHERE d."agreement_id" = a."id" AND d."preferred" AND coalesce(d."first_day", d."last_day") IS NOT NULL),
  a."warnings"
FROM "agreements" a WHERE a."deleted_at" IS NULL;
--> statement-breakpoint
CREATE INDEX "agreement_listings_latest_index" ON "agreement_listings" USING btree (coalesce(signed, '-infinity'::date) desc,"agreement_id" DESC NULLS FIRST,"signed_last","first_act","last_act");--> statement-breakpoint
CREATE INDEX "agreement_listings_earliest_index" ON "agreement_listings" USING btree (coalesce(signed, 'infinity'::date),"agreement_id","signed_last","first_act","last_act");--> statement-breakpoint
CREATE INDEX "agreement_listings_title_index" ON "agreement_listings" USING btree ("sort_title","agreement_id","type");--> statement-breakpoint
CREATE INDEX "agreement_listings_updated_index" ON "agreement_listings" USING btree ("updated_at","agreement_id");--> statement-breakpoint
CREATE INDEX "agreement_listings_expiry_index" ON "agreement_listings" USING btree (coalesce(next_expiry, 'infinity'::date),"agreement_id","status");--> statement-breakpoint
CREATE INDEX "agreement_listings_type_index" ON "agreement_listings" USING btree ("type");--> statement-breakpoint
CREATE INDEX "agreement_listings_binding_index" ON "agreement_listings" USING btree ("binding");--> statement-breakpoint
CREATE INDEX "agreement_listings_status_index" ON "agreement_listings" USING btree ("status");--> statement-breakpoint
CREATE INDEX "agreement_listings_signed_last_index" ON "agreement_listings" USING btree ("signed_last");--> statement-breakpoint
CREATE INDEX "agreement_listings_in_force_index" ON "agreement_listings" USING gist ("in_force");--> statement-breakpoint
CREATE INDEX "agreement_listings_first_act_index" ON "agreement_listings" USING btree ("first_act","last_act");--> statement-breakpoint
CREATE INDEX "agreement_listings_last_act_index" ON "agreement_listings" USING btree ("last_act","first_act");--> statement-breakpoint
CREATE INDEX "agreement_listings_lists_index" ON "agreement_listings" USING gin ("parties","party_kinds","bodies","domains","statuses","events","warnings") WITH (fastupdate=false);--> statement-breakpoint
CREATE INDEX "agreement_parties_latest_index" ON "agreement_parties" USING btree ("party_id","signed" DESC NULLS FIRST,"agreement_id" DESC NULLS FIRST);