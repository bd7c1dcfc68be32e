-- In the order in which editors lock them.
LOCK TABLE "agreements", "agreement_listings" IN ACCESS EXCLUSIVE MODE;
--> statement-breakpoint
CREATE TABLE "agreement_statements" (
	"agreement_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"status" text NOT NULL,
	"stated_on" date NOT NULL,
	"source_key" text,
	CONSTRAINT "agreement_statements_pk" PRIMARY KEY("agreement_id","position"),
	CONSTRAINT "agreement_statements_status_check" CHECK ("agreement_statements"."status" in ('negotiating', 'signed', 'provisionally_applied', 'in_force', 'suspended', 'terminated'))
);
--> statement-breakpoint
ALTER TABLE "agreement_statements" ADD CONSTRAINT "agreement_statements_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_statements" ADD CONSTRAINT "agreement_statements_source_fk" FOREIGN KEY ("agreement_id","source_key") REFERENCES "public"."sources"("agreement_id","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
DROP INDEX "agreement_listings_filters_index";--> statement-breakpoint
ALTER TABLE "agreement_listings" ADD COLUMN "status_basis" text, ADD COLUMN "bases" text[];--> statement-breakpoint
-- As a publication would write it, but for the days between the first day of the last status and the last act: those follow
-- when the agreement is published again. The whole table is written anew, so that it holds no old rows.
ALTER TABLE "agreement_listings"
  ALTER COLUMN "status_basis" SET DATA TYPE text USING CASE
    WHEN "status" = 'unknown' THEN 'presumed'
    WHEN "status" = 'terminated' OR width_bucket(current_date, "since") < cardinality("since") THEN 'recorded'
    ELSE 'presumed' END,
  ALTER COLUMN "bases" SET DATA TYPE text[] USING CASE
    WHEN cardinality("statuses") = 1 THEN '{presumed}'
    WHEN "statuses"[cardinality("statuses")] = 'terminated'
      THEN 'presumed'::text || array_fill('recorded'::text, ARRAY[cardinality("statuses") - 1])
    ELSE 'presumed'::text || array_fill('recorded'::text, ARRAY[cardinality("statuses") - 2]) || '{presumed}'::text[] END;
--> statement-breakpoint
ALTER TABLE "agreement_listings" ALTER COLUMN "status_basis" SET NOT NULL, ALTER COLUMN "bases" SET NOT NULL,
  ALTER COLUMN "bases" SET STORAGE MAIN;
--> statement-breakpoint
CREATE INDEX "agreement_listings_filters_index" ON "agreement_listings" USING gin ("bodies","domains","events","warnings",(array[party_kinds]),(array[type]),(array[binding]),(array[status]),standing_spans(statuses, since),act_spans(acts),day_spans(signed, signed_last),day_spans(next_expiry, next_expiry),"search",(array[status_basis]),standing_spans(bases, since)) WITH (gin_pending_list_limit=256);--> statement-breakpoint
-- As in the migration `one_index`.
ALTER INDEX "agreement_listings_filters_index" ALTER COLUMN 5 SET STATISTICS 0, ALTER COLUMN 6 SET STATISTICS 0,
  ALTER COLUMN 7 SET STATISTICS 0, ALTER COLUMN 8 SET STATISTICS 0, ALTER COLUMN 9 SET STATISTICS 0,
  ALTER COLUMN 10 SET STATISTICS 0, ALTER COLUMN 11 SET STATISTICS 0, ALTER COLUMN 12 SET STATISTICS 0,
  ALTER COLUMN 14 SET STATISTICS 0, ALTER COLUMN 15 SET STATISTICS 0;
--> statement-breakpoint
ALTER TABLE "agreement_listings" ADD CONSTRAINT "agreement_listings_basis_check" CHECK ("agreement_listings"."status_basis" in ('recorded', 'stated', 'presumed'));
