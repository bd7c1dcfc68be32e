CREATE TABLE "agreement_origins" (
	"collection_id" uuid NOT NULL,
	"row_key" text NOT NULL,
	"agreement_id" uuid NOT NULL,
	"import_id" uuid,
	"row_number" integer NOT NULL,
	"row_hash" text NOT NULL,
	"mapping_hash" text NOT NULL,
	CONSTRAINT "agreement_origins_pk" PRIMARY KEY("collection_id","row_key")
);
--> statement-breakpoint
CREATE TABLE "import_notes" (
	"import_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"rows" integer NOT NULL,
	"first_rows" integer[] NOT NULL,
	"details" json NOT NULL,
	CONSTRAINT "import_notes_pk" PRIMARY KEY("import_id","kind","key")
);
--> statement-breakpoint
CREATE TABLE "import_rows" (
	"import_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"raw" json,
	"size" integer NOT NULL,
	"errors" json,
	"row_key" text,
	"verdict" text,
	"agreement_id" uuid,
	"details" json,
	"pending" json,
	CONSTRAINT "import_rows_pk" PRIMARY KEY("import_id","number"),
	CONSTRAINT "import_rows_verdict_check" CHECK ("import_rows"."verdict" in ('created', 'updated', 'unchanged', 'refused', 'skipped', 'gone'))
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"collection_id" uuid NOT NULL,
	"file_name" text,
	"format" text NOT NULL,
	"columns" json NOT NULL,
	"mapping" json NOT NULL,
	"mode" text NOT NULL,
	"atomic" boolean NOT NULL,
	"dry_run" boolean NOT NULL,
	"unknown_parties" text NOT NULL,
	"status" text NOT NULL,
	"rows" integer NOT NULL,
	"phase" text,
	"position" integer DEFAULT 0 NOT NULL,
	"counts" json,
	"failure" json,
	"actor" text,
	"note" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"cancelled_by" text,
	"cancel_requested" boolean DEFAULT false NOT NULL,
	"worker" uuid,
	"lease_until" timestamp with time zone,
	CONSTRAINT "imports_status_check" CHECK ("imports"."status" in ('queued', 'running', 'done', 'failed', 'cancelled')),
	CONSTRAINT "imports_mode_check" CHECK ("imports"."mode" in ('create', 'upsert')),
	CONSTRAINT "imports_unknown_parties_check" CHECK ("imports"."unknown_parties" in ('refuse', 'create'))
);
--> statement-breakpoint
ALTER TABLE "agreement_origins" ADD CONSTRAINT "agreement_origins_collection_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_origins" ADD CONSTRAINT "agreement_origins_agreement_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_origins" ADD CONSTRAINT "agreement_origins_import_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_notes" ADD CONSTRAINT "import_notes_import_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_import_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_collection_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "agreement_origins_agreement_index" ON "agreement_origins" USING btree ("agreement_id");--> statement-breakpoint
CREATE INDEX "agreement_origins_import_index" ON "agreement_origins" USING btree ("import_id");--> statement-breakpoint
CREATE INDEX "import_rows_key_index" ON "import_rows" USING btree ("import_id","row_key");--> statement-breakpoint
CREATE INDEX "import_rows_verdict_index" ON "import_rows" USING btree ("import_id","verdict","number");--> statement-breakpoint
CREATE INDEX "imports_open_index" ON "imports" USING btree ("id") WHERE status in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "imports_collection_index" ON "imports" USING btree ("collection_id","id");