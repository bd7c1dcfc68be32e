CREATE TABLE "keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"public_id" text NOT NULL,
	"sha256" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_by" text,
	"expires_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"revoked_by" text,
	"replaces" uuid,
	CONSTRAINT "keys_public_id_key" UNIQUE("public_id"),
	CONSTRAINT "keys_replaces_key" UNIQUE("replaces"),
	CONSTRAINT "keys_role_check" CHECK ("keys"."role" in ('reader', 'editor', 'admin')),
	CONSTRAINT "keys_revoked_check" CHECK ("keys"."revoked_by" is null or "keys"."revoked_at" is not null)
);
--> statement-breakpoint
ALTER TABLE "registry_changes" ADD COLUMN "actor" text;--> statement-breakpoint
ALTER TABLE "registry_changes" ADD COLUMN "note" text;--> statement-breakpoint
ALTER TABLE "research_domains" ADD COLUMN "updated_by" text;--> statement-breakpoint
ALTER TABLE "signatories" ADD COLUMN "updated_by" text;--> statement-breakpoint
ALTER TABLE "keys" ADD CONSTRAINT "keys_replaces_keys_id_fk" FOREIGN KEY ("replaces") REFERENCES "public"."keys"("id") ON DELETE no action ON UPDATE no action;