CREATE TABLE "signatory_merges" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "signatory_merges_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"lost_id" uuid NOT NULL,
	"lost_code" text NOT NULL,
	"kept_id" uuid NOT NULL,
	"signatory_id" uuid,
	"undo" json NOT NULL,
	"actor" text,
	"note" text,
	"merged_at" timestamp with time zone NOT NULL,
	"undone_at" timestamp with time zone,
	"undone_by" text,
	"undo_note" text
);
--> statement-breakpoint
ALTER TABLE "signatory_merges" ADD CONSTRAINT "signatory_merges_signatory_fk" FOREIGN KEY ("signatory_id") REFERENCES "public"."signatories"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "signatory_merges_lost_id_key" ON "signatory_merges" USING btree ("lost_id") WHERE signatory_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "signatory_merges_lost_code_key" ON "signatory_merges" USING btree ("lost_code") WHERE signatory_id is not null;--> statement-breakpoint
CREATE INDEX "signatory_merges_signatory_index" ON "signatory_merges" USING btree ("signatory_id");