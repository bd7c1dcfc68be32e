-- A crash of PostgreSQL empties it, and its commits wait for no disk.
CREATE UNLOGGED TABLE "rate_windows" (
	"id" "bytea" PRIMARY KEY NOT NULL,
	"used" integer NOT NULL,
	"granted" integer NOT NULL,
	"ends" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "registry_changes" ADD COLUMN "up_to" uuid;--> statement-breakpoint
ALTER TABLE "registry_changes" ADD COLUMN "divided_from" bigint;--> statement-breakpoint
CREATE INDEX "rate_windows_ends_index" ON "rate_windows" USING btree ("ends");