-- In the order in which editors lock them.
LOCK TABLE "agreements", "agreement_listings" IN ACCESS EXCLUSIVE MODE;
--> statement-breakpoint
CREATE FUNCTION pg_temp."has_term"("id" uuid) RETURNS boolean LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT a."term_renewal" IS NOT NULL FROM "agreements" a WHERE a."id" = "has_term"."id";
END;
--> statement-breakpoint
ALTER TABLE "agreement_listings" ADD COLUMN "has_term" boolean;
--> statement-breakpoint
-- The whole table is written anew, so that it holds no old rows.
ALTER TABLE "agreement_listings" ALTER COLUMN "has_term" SET DATA TYPE boolean USING pg_temp."has_term"("agreement_id");
--> statement-breakpoint
ALTER TABLE "agreement_listings" ALTER COLUMN "has_term" SET NOT NULL;
--> statement-breakpoint
DROP FUNCTION pg_temp."has_term";
