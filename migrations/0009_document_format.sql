ALTER TABLE "agreement_versions" DROP CONSTRAINT "agreement_versions_cause_check";--> statement-breakpoint
ALTER TABLE "agreement_versions" ADD COLUMN "format" smallint DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "agreements" ADD COLUMN "format" smallint DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE INDEX "agreements_format_index" ON "agreements" USING btree ("format") WHERE deleted_at is null;--> statement-breakpoint
ALTER TABLE "agreement_versions" ADD CONSTRAINT "agreement_versions_cause_check" CHECK ("agreement_versions"."cause" in ('edit', 'registry', 'clock', 'format'));