CREATE TABLE "registry_deletions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "registry_deletions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"registry" text NOT NULL,
	"entry_id" uuid NOT NULL,
	"code" text NOT NULL,
	"actor" text,
	"note" text,
	"deleted_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "registry_deletions_entry_key" UNIQUE("entry_id"),
	CONSTRAINT "registry_deletions_registry_check" CHECK ("registry_deletions"."registry" in ('signatory', 'research_domain'))
);
