CREATE TABLE "publication_failures" (
	"agreement_id" uuid PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"attempts" integer NOT NULL,
	"next_try" timestamp with time zone NOT NULL,
	"version" integer NOT NULL,
	"cause" text NOT NULL,
	"actor" text,
	"note" text
);
--> statement-breakpoint
ALTER TABLE "publication_failures" ADD CONSTRAINT "publication_failures_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;