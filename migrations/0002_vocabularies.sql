CREATE TABLE "loaded_vocabularies" (
	"file" text PRIMARY KEY NOT NULL,
	"sha256" text NOT NULL
);
