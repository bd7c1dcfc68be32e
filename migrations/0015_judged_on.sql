-- For which day the existing documents were evaluated is not known.
ALTER TABLE "agreements" ADD COLUMN "judged_on" date NOT NULL DEFAULT '-infinity';--> statement-breakpoint
ALTER TABLE "agreements" ALTER COLUMN "judged_on" DROP DEFAULT;--> statement-breakpoint
CREATE INDEX "agreements_judged_on_index" ON "agreements" USING btree ("judged_on") WHERE deleted_at is null;
