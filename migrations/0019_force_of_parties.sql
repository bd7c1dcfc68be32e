-- In the order in which editors lock them.
LOCK TABLE "agreements", "signatures", "dates", "agreement_listings" IN ACCESS EXCLUSIVE MODE;
--> statement-breakpoint
ALTER TABLE "agreements" DROP CONSTRAINT "agreements_side1_fk";--> statement-breakpoint
ALTER TABLE "agreements" DROP CONSTRAINT "agreements_side2_fk";--> statement-breakpoint
ALTER TABLE "signatures" DROP CONSTRAINT "signatures_side_key";--> statement-breakpoint
ALTER TABLE "signatures" DROP CONSTRAINT "signatures_role_check";--> statement-breakpoint
ALTER TABLE "agreements" ALTER COLUMN "side1_signature_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "agreements" ALTER COLUMN "side2_signature_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "dates" ADD COLUMN "extension" json;--> statement-breakpoint
ALTER TABLE "dates" ADD COLUMN "term" json;--> statement-breakpoint
ALTER TABLE "signatures" ADD COLUMN "filled_side" smallint GENERATED ALWAYS AS (case when role <> 'witnessed' then side end) STORED;--> statement-breakpoint
ALTER TABLE "agreements" ADD COLUMN "may_be_one_sided" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "signatures" ADD CONSTRAINT "signatures_side_key" UNIQUE("id","agreement_id","filled_side");--> statement-breakpoint
-- A witness fills no side any more. Agreements with nobody else on a side keep their data.
UPDATE "agreements" a SET
  "side1_signature_id" = f."side1", "side2_signature_id" = f."side2",
  "may_be_one_sided" = f."side1" IS NULL OR f."side2" IS NULL
FROM (
  SELECT "agreement_id",
    (array_agg("id" ORDER BY "position") FILTER (WHERE "filled_side" = 1))[1] AS "side1",
    (array_agg("id" ORDER BY "position") FILTER (WHERE "filled_side" = 2))[1] AS "side2"
  FROM "signatures"
  WHERE "agreement_id" IN (SELECT "agreement_id" FROM "signatures" WHERE "role" = 'witnessed')
  GROUP BY "agreement_id"
) f
WHERE f."agreement_id" = a."id";--> statement-breakpoint
ALTER TABLE "agreements" ADD CONSTRAINT "agreements_side1_fk" FOREIGN KEY ("side1_signature_id", "id", "side1")
  REFERENCES "signatures" ("id", "agreement_id", "filled_side") DEFERRABLE INITIALLY DEFERRED;--> statement-breakpoint
ALTER TABLE "agreements" ADD CONSTRAINT "agreements_side2_fk" FOREIGN KEY ("side2_signature_id", "id", "side2")
  REFERENCES "signatures" ("id", "agreement_id", "filled_side") DEFERRABLE INITIALLY DEFERRED;--> statement-breakpoint
CREATE FUNCTION pg_temp."parties_of"("id" uuid) RETURNS uuid[] LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT ARRAY(SELECT p."party_id" FROM "agreement_parties" p WHERE p."agreement_id" = "parties_of"."id");
END;
--> statement-breakpoint
ALTER TABLE "agreement_listings" ADD COLUMN "parties" uuid[];--> statement-breakpoint
-- The whole table is written anew, so that it holds no old rows.
ALTER TABLE "agreement_listings" ALTER COLUMN "parties" SET DATA TYPE uuid[] USING pg_temp."parties_of"("agreement_id");--> statement-breakpoint
ALTER TABLE "agreement_listings" ALTER COLUMN "parties" SET NOT NULL;--> statement-breakpoint
DROP FUNCTION pg_temp."parties_of";--> statement-breakpoint
ALTER TABLE "agreement_listings" ADD COLUMN "parties_in_force" datemultirange[];--> statement-breakpoint
ALTER TABLE "dates" ADD CONSTRAINT "dates_extension_check" CHECK ("dates"."extension" is null or "dates"."event" = 'extended');--> statement-breakpoint
ALTER TABLE "dates" ADD CONSTRAINT "dates_term_check" CHECK ("dates"."term" is null or ("dates"."event" = 'amended' and "dates"."term" ->> 'atEnd' in ('ends', 'renews', 'extended_if_agreed', 'open_ended')));--> statement-breakpoint
ALTER TABLE "signatures" ADD CONSTRAINT "signatures_role_check" CHECK ("signatures"."role" in ('signed', 'responsible', 'succeeded', 'witnessed'));--> statement-breakpoint
ALTER TABLE "agreements" ADD CONSTRAINT "agreements_sides_check" CHECK ("agreements"."may_be_one_sided" or ("agreements"."side1_signature_id" is not null and "agreements"."side2_signature_id" is not null));
