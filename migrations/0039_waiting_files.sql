CREATE TABLE "waiting_file_pieces" (
	"file_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "waiting_file_pieces_pk" PRIMARY KEY("file_id","number")
);
--> statement-breakpoint
CREATE TABLE "waiting_files" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"size" integer NOT NULL,
	"head" json NOT NULL,
	"plan" json NOT NULL,
	"actor" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"dry_run_id" uuid,
	"import_id" uuid,
	CONSTRAINT "waiting_files_size_check" CHECK ("waiting_files"."size" > 0)
);
--> statement-breakpoint
ALTER TABLE "waiting_file_pieces" ADD CONSTRAINT "waiting_file_pieces_file_fk" FOREIGN KEY ("file_id") REFERENCES "public"."waiting_files"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waiting_files" ADD CONSTRAINT "waiting_files_dry_run_fk" FOREIGN KEY ("dry_run_id") REFERENCES "public"."imports"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waiting_files" ADD CONSTRAINT "waiting_files_import_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "waiting_files_updated_index" ON "waiting_files" USING btree ("updated_at");--> statement-breakpoint
CREATE INDEX "waiting_files_dry_run_index" ON "waiting_files" USING btree ("dry_run_id");--> statement-breakpoint
CREATE INDEX "waiting_files_import_index" ON "waiting_files" USING btree ("import_id");