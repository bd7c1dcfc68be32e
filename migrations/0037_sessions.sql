CREATE TABLE "sessions" (
	"sha256" text PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"name" text NOT NULL,
	"role" text,
	"via" text NOT NULL,
	"key_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "sessions_role_check" CHECK ("sessions"."role" in ('reader', 'editor', 'admin')),
	CONSTRAINT "sessions_via_check" CHECK ("sessions"."via" in ('key', 'oidc')),
	CONSTRAINT "sessions_key_check" CHECK (("sessions"."via" = 'key') = ("sessions"."key_id" is not null))
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_key_id_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "sessions_expires_at_index" ON "sessions" USING btree ("expires_at");