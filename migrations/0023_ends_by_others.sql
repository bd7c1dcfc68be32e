-- In the order in which editors lock them.
LOCK TABLE "agreements", "agreement_versions" IN ACCESS EXCLUSIVE MODE;
--> statement-breakpoint
ALTER TABLE "agreement_versions" DROP CONSTRAINT "agreement_versions_cause_check";--> statement-breakpoint
ALTER TABLE "agreements" ADD COLUMN "ends_with" uuid;--> statement-breakpoint
ALTER TABLE "agreements" ADD COLUMN "outlook" json;--> statement-breakpoint
ALTER TABLE "agreements" ADD CONSTRAINT "agreements_ends_with_fk" FOREIGN KEY ("ends_with") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "agreements_ends_with_index" ON "agreements" USING btree ("ends_with") WHERE ends_with is not null;--> statement-breakpoint
ALTER TABLE "agreement_versions" ADD CONSTRAINT "agreement_versions_cause_check" CHECK ("agreement_versions"."cause" in ('edit', 'registry', 'clock', 'format', 'agreement'));--> statement-breakpoint
ALTER TABLE "agreements" ADD CONSTRAINT "agreements_ends_with_check" CHECK ("agreements"."ends_with" is not distinct from ("agreements"."term" ->> 'endsWith')::uuid);--> statement-breakpoint
ALTER TABLE "agreements" ADD CONSTRAINT "agreements_ends_with_self_check" CHECK ("agreements"."ends_with" <> "agreements"."id");--> statement-breakpoint
-- As `withEndsByOthers` converts the documents.
UPDATE "agreements" SET "term" = json_build_object(
  'runsFrom', "term" -> 'runsFrom',
  'length', "term" -> 'length',
  'lastDay', "term" -> 'lastDay',
  'atEnd', "term" -> 'atEnd',
  'renewal', "term" -> 'renewal',
  'exit', "term" -> 'exit',
  'sunset', "term" -> 'sunset',
  'endsWith', NULL) WHERE "term" IS NOT NULL;
