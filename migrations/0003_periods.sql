CREATE TABLE "agreement_periods" (
	"agreement_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"status" text NOT NULL,
	"period" daterange NOT NULL,
	CONSTRAINT "agreement_periods_pk" PRIMARY KEY("agreement_id","position"),
	CONSTRAINT "agreement_periods_status_check" CHECK ("agreement_periods"."status" in ('negotiating', 'signed', 'provisionally_applied', 'in_force', 'suspended', 'terminated', 'unknown')),
	CONSTRAINT "agreement_periods_period_check" CHECK (not isempty("agreement_periods"."period"))
);
--> statement-breakpoint
ALTER TABLE "agreement_periods" ADD CONSTRAINT "agreement_periods_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;