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
