CREATE TABLE "agreement_due" (
	"agreement_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"start" date NOT NULL,
	"months" integer NOT NULL,
	"every" integer NOT NULL,
	"back" integer NOT NULL,
	"first" integer NOT NULL,
	"last" integer NOT NULL,
	"month" integer GENERATED ALWAYS AS ((extract(year from start) * 12 + extract(month from start) - 1)::integer + months - back) STORED NOT NULL,
	CONSTRAINT "agreement_due_pk" PRIMARY KEY("agreement_id","position"),
	CONSTRAINT "agreement_due_kind_check" CHECK ("agreement_due"."kind" in ('expiry', 'renewal', 'notice')),
	CONSTRAINT "agreement_due_every_check" CHECK ("agreement_due"."every" >= 1)
);
--> statement-breakpoint
ALTER TABLE "agreement_due" ADD CONSTRAINT "agreement_due_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dates_latest_index" ON "dates" USING btree (coalesce(first_day, '-infinity'::date),"id");--> statement-breakpoint
-- What is due is derived at publication: the clock publishes what was stored before, as soon as a server runs.
UPDATE "agreements" SET "changes_on" = '-infinity'
WHERE "deleted_at" IS NULL
  AND ("term_renewal" = 'tacit' OR EXISTS (
    SELECT FROM "agreement_listings" l WHERE l."agreement_id" = "agreements"."id" AND 'terminated' = ANY(l."statuses")));
