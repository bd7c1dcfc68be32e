CREATE TABLE "agreement_documents" (
	"agreement_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"title" text NOT NULL,
	"url" text NOT NULL,
	"language" text,
	"media_type" text,
	CONSTRAINT "agreement_documents_pk" PRIMARY KEY("agreement_id","position")
);
--> statement-breakpoint
CREATE TABLE "agreement_domains" (
	"agreement_id" uuid NOT NULL,
	"domain_id" uuid NOT NULL,
	CONSTRAINT "agreement_domains_pk" PRIMARY KEY("agreement_id","domain_id")
);
--> statement-breakpoint
CREATE TABLE "agreement_identifiers" (
	"agreement_id" uuid NOT NULL,
	"scheme" text NOT NULL,
	"value" text NOT NULL,
	"position" integer NOT NULL,
	"active" boolean NOT NULL,
	CONSTRAINT "agreement_identifiers_pk" PRIMARY KEY("agreement_id","scheme","value")
);
--> statement-breakpoint
CREATE TABLE "agreement_parties" (
	"agreement_id" uuid NOT NULL,
	"party_id" uuid NOT NULL,
	"side" smallint NOT NULL,
	"signed" date NOT NULL,
	CONSTRAINT "agreement_parties_pk" PRIMARY KEY("agreement_id","party_id")
);
--> statement-breakpoint
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
CREATE TABLE "agreement_relations" (
	"agreement_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"related_id" uuid NOT NULL,
	CONSTRAINT "agreement_relations_pk" PRIMARY KEY("agreement_id","position"),
	CONSTRAINT "agreement_relations_kind_check" CHECK ("agreement_relations"."kind" in ('amends', 'extends', 'supersedes', 'implements', 'terminates', 'cites')),
	CONSTRAINT "agreement_relations_self_check" CHECK ("agreement_relations"."related_id" <> "agreement_relations"."agreement_id")
);
--> statement-breakpoint
CREATE TABLE "agreement_versions" (
	"agreement_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"operation" text NOT NULL,
	"cause" text NOT NULL,
	"actor" text,
	"note" text,
	"published_at" timestamp with time zone NOT NULL,
	"sequence" bigint,
	"document" text,
	CONSTRAINT "agreement_versions_pk" PRIMARY KEY("agreement_id","version"),
	CONSTRAINT "agreement_versions_cause_check" CHECK ("agreement_versions"."cause" in ('edit', 'registry', 'clock')),
	CONSTRAINT "agreement_versions_operation_check" CHECK ("agreement_versions"."operation" in ('created', 'updated', 'deleted', 'restored'))
);
--> statement-breakpoint
CREATE TABLE "agreements" (
	"id" uuid PRIMARY KEY NOT NULL,
	"reference" text,
	"title" text NOT NULL,
	"title_is_descriptive" boolean NOT NULL,
	"alternative_titles" json NOT NULL,
	"type" text NOT NULL,
	"binding" text NOT NULL,
	"summary" text,
	"languages" text[] NOT NULL,
	"term_months" integer,
	"term_renewal" text,
	"term_renewal_months" integer,
	"term_notice_months" integer,
	"created_at" timestamp with time zone NOT NULL,
	"version" integer NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"deleted_at" timestamp with time zone,
	"document" text NOT NULL,
	"search" "tsvector" NOT NULL,
	"sort_title" text NOT NULL,
	"signed" date,
	"signed_last" date,
	"signed_key" date GENERATED ALWAYS AS (coalesce(signed, '-infinity'::date)) STORED NOT NULL,
	"status" text NOT NULL,
	"in_force" datemultirange NOT NULL,
	"next_expiry" date,
	"notice_deadline" date,
	"warnings" text[] DEFAULT '{}'::text[] NOT NULL,
	"changes_on" date,
	"side1" smallint GENERATED ALWAYS AS (1) STORED NOT NULL,
	"side2" smallint GENERATED ALWAYS AS (2) STORED NOT NULL,
	"side1_signature_id" uuid NOT NULL,
	"side2_signature_id" uuid NOT NULL,
	CONSTRAINT "agreements_type_check" CHECK ("agreements"."type" in ('treaty', 'convention', 'agreement', 'protocol', 'exchange_of_notes', 'exchange_of_letters', 'arrangement', 'implementing_arrangement', 'project_arrangement', 'memorandum_of_understanding', 'memorandum_of_agreement', 'joint_statement', 'letter_of_intent', 'declaration', 'amendment', 'extension', 'minutes', 'other')),
	CONSTRAINT "agreements_binding_check" CHECK ("agreements"."binding" in ('binding', 'non_binding', 'unknown')),
	CONSTRAINT "agreements_status_check" CHECK ("agreements"."status" in ('negotiating', 'signed', 'provisionally_applied', 'in_force', 'suspended', 'terminated', 'unknown')),
	CONSTRAINT "agreements_renewal_check" CHECK ("agreements"."term_renewal" in ('none', 'tacit', 'express', 'indefinite'))
);
--> statement-breakpoint
CREATE TABLE "registry_changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "registry_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"registry" text NOT NULL,
	"entry_id" uuid NOT NULL,
	"done_up_to" uuid,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "loaded_vocabularies" (
	"file" text PRIMARY KEY NOT NULL,
	"sha256" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"agreement_id" uuid NOT NULL,
	"event" text NOT NULL,
	"signatory_id" uuid,
	"occurrence" smallint NOT NULL,
	"date" text NOT NULL,
	"first_day" date,
	"last_day" date,
	"effective_date" text,
	"effective_first_day" date,
	"effective_last_day" date,
	"place" text,
	"preferred" boolean NOT NULL,
	"source_key" text,
	"note" text,
	CONSTRAINT "dates_event_check" CHECK ("dates"."event" in ('negotiation_started', 'initialled', 'adopted', 'signed', 'signed_definitively', 'notes_exchanged', 'ratified', 'accepted', 'approved', 'acceded', 'succeeded', 'notified_completion', 'provisionally_applied', 'entered_into_force', 'registered', 'reserved', 'declared', 'amended', 'extended', 'suspended', 'resumed', 'denounced', 'withdrawn', 'expired', 'superseded', 'terminated', 'corrected')),
	CONSTRAINT "dates_occurrence_check" CHECK ("dates"."occurrence" >= 1),
	CONSTRAINT "dates_period_check" CHECK ("dates"."first_day" <= "dates"."last_day"),
	CONSTRAINT "dates_effective_check" CHECK ("dates"."effective_first_day" <= "dates"."effective_last_day")
);
--> statement-breakpoint
CREATE TABLE "research_domains" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scheme" text NOT NULL,
	"code" text NOT NULL,
	"label" text NOT NULL,
	"broader_id" uuid,
	"broader_depth" smallint,
	"depth" smallint GENERATED ALWAYS AS (coalesce(broader_depth + 1, 0)) STORED NOT NULL,
	"words" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "research_domains_code_key" UNIQUE("scheme","code"),
	CONSTRAINT "research_domains_id_depth_key" UNIQUE("id","scheme","depth"),
	CONSTRAINT "research_domains_broader_check" CHECK (("research_domains"."broader_id" is null) = ("research_domains"."broader_depth" is null)),
	CONSTRAINT "research_domains_depth_check" CHECK ("research_domains"."depth" <= 8),
	CONSTRAINT "research_domains_code_check" CHECK ("research_domains"."code" = lower("research_domains"."code"))
);
--> statement-breakpoint
CREATE TABLE "signatories" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"parent_id" uuid,
	"parent_depth" smallint,
	"depth" smallint GENERATED ALWAYS AS (coalesce(parent_depth + 1, 0)) STORED NOT NULL,
	"aliases" text[] NOT NULL,
	"identifiers" json NOT NULL,
	"valid_from" text,
	"valid_from_day" date,
	"valid_to" text,
	"valid_to_day" date,
	"words" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "signatories_code_key" UNIQUE("code"),
	CONSTRAINT "signatories_id_depth_key" UNIQUE("id","depth"),
	CONSTRAINT "signatories_kind_check" CHECK ("signatories"."kind" in ('state', 'former_state', 'territory', 'supranational_body', 'intergovernmental_organization', 'agency', 'subnational', 'other')),
	CONSTRAINT "signatories_parent_check" CHECK (("signatories"."parent_id" is null) = ("signatories"."parent_depth" is null)),
	CONSTRAINT "signatories_depth_check" CHECK ("signatories"."depth" <= 8),
	CONSTRAINT "signatories_party_check" CHECK ("signatories"."kind" <> 'agency' or "signatories"."parent_id" is not null),
	CONSTRAINT "signatories_code_check" CHECK ("signatories"."code" = upper("signatories"."code"))
);
--> statement-breakpoint
CREATE TABLE "signatures" (
	"id" uuid PRIMARY KEY NOT NULL,
	"agreement_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"side" smallint NOT NULL,
	"signatory_id" uuid NOT NULL,
	"role" text NOT NULL,
	"representative_name" text,
	"representative_office" text,
	"source_key" text,
	CONSTRAINT "signatures_side_key" UNIQUE("id","agreement_id","side"),
	CONSTRAINT "signatures_side_check" CHECK ("signatures"."side" in (1, 2)),
	CONSTRAINT "signatures_role_check" CHECK ("signatures"."role" in ('signed', 'responsible', 'witnessed')),
	CONSTRAINT "signatures_representative_check" CHECK ("signatures"."representative_name" is not null or "signatures"."representative_office" is null)
);
--> statement-breakpoint
CREATE TABLE "agreement_claims" (
	"agreement_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"statement" text NOT NULL,
	"source_key" text,
	"assessment" text NOT NULL,
	"note" text,
	CONSTRAINT "agreement_claims_pk" PRIMARY KEY("agreement_id","position"),
	CONSTRAINT "agreement_claims_assessment_check" CHECK ("agreement_claims"."assessment" in ('supported', 'contradicted', 'unverified'))
);
--> statement-breakpoint
CREATE TABLE "sources" (
	"agreement_id" uuid NOT NULL,
	"key" text NOT NULL,
	"position" integer NOT NULL,
	"title" text NOT NULL,
	"publisher" text,
	"url" text,
	"published_on" text,
	"language" text,
	"quote" text,
	CONSTRAINT "sources_pk" PRIMARY KEY("agreement_id","key")
);
--> statement-breakpoint
ALTER TABLE "agreement_documents" ADD CONSTRAINT "agreement_documents_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_domains" ADD CONSTRAINT "agreement_domains_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_domains" ADD CONSTRAINT "agreement_domains_domain_fk" FOREIGN KEY ("domain_id") REFERENCES "public"."research_domains"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_identifiers" ADD CONSTRAINT "agreement_identifiers_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_parties" ADD CONSTRAINT "agreement_parties_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_parties" ADD CONSTRAINT "agreement_parties_party_fk" FOREIGN KEY ("party_id") REFERENCES "public"."signatories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_periods" ADD CONSTRAINT "agreement_periods_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_relations" ADD CONSTRAINT "agreement_relations_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_relations" ADD CONSTRAINT "agreement_relations_related_fk" FOREIGN KEY ("related_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_versions" ADD CONSTRAINT "agreement_versions_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dates" ADD CONSTRAINT "dates_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dates" ADD CONSTRAINT "dates_signatory_fk" FOREIGN KEY ("signatory_id") REFERENCES "public"."signatories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dates" ADD CONSTRAINT "dates_source_fk" FOREIGN KEY ("agreement_id","source_key") REFERENCES "public"."sources"("agreement_id","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "research_domains" ADD CONSTRAINT "research_domains_broader_fk" FOREIGN KEY ("broader_id","scheme","broader_depth") REFERENCES "public"."research_domains"("id","scheme","depth") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "signatories" ADD CONSTRAINT "signatories_parent_fk" FOREIGN KEY ("parent_id","parent_depth") REFERENCES "public"."signatories"("id","depth") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "signatures" ADD CONSTRAINT "signatures_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signatures" ADD CONSTRAINT "signatures_signatory_fk" FOREIGN KEY ("signatory_id") REFERENCES "public"."signatories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signatures" ADD CONSTRAINT "signatures_source_fk" FOREIGN KEY ("agreement_id","source_key") REFERENCES "public"."sources"("agreement_id","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_claims" ADD CONSTRAINT "agreement_claims_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agreement_claims" ADD CONSTRAINT "agreement_claims_source_fk" FOREIGN KEY ("agreement_id","source_key") REFERENCES "public"."sources"("agreement_id","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sources" ADD CONSTRAINT "sources_agreement_id_agreements_id_fk" FOREIGN KEY ("agreement_id") REFERENCES "public"."agreements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "agreement_domains_domain_index" ON "agreement_domains" USING btree ("domain_id","agreement_id");--> statement-breakpoint
CREATE UNIQUE INDEX "agreement_identifiers_value_key" ON "agreement_identifiers" USING btree ("scheme","value") WHERE active;--> statement-breakpoint
CREATE INDEX "agreement_parties_signed_index" ON "agreement_parties" USING btree ("party_id","signed" DESC NULLS LAST,"agreement_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "agreement_relations_related_index" ON "agreement_relations" USING btree ("related_id");--> statement-breakpoint
CREATE UNIQUE INDEX "agreement_versions_sequence_key" ON "agreement_versions" USING btree ("sequence");--> statement-breakpoint
CREATE INDEX "agreement_versions_unstamped_index" ON "agreement_versions" USING btree ("agreement_id") WHERE sequence is null;--> statement-breakpoint
CREATE UNIQUE INDEX "agreements_reference_key" ON "agreements" USING btree ("reference") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "agreements_signed_index" ON "agreements" USING btree ("signed_key" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "agreements_title_index" ON "agreements" USING btree ("sort_title","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "agreements_updated_index" ON "agreements" USING btree ("updated_at" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "agreements_expiry_index" ON "agreements" USING btree ("next_expiry","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "agreements_changes_on_index" ON "agreements" USING btree ("changes_on") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "agreements_search_index" ON "agreements" USING gin ("search");--> statement-breakpoint
CREATE INDEX "dates_agreement_index" ON "dates" USING btree ("agreement_id");--> statement-breakpoint
CREATE INDEX "dates_signatory_index" ON "dates" USING btree ("signatory_id") WHERE signatory_id is not null;--> statement-breakpoint
CREATE INDEX "dates_day_index" ON "dates" USING btree (coalesce(first_day, 'infinity'::date),"id");--> statement-breakpoint
CREATE INDEX "dates_event_index" ON "dates" USING btree ("event",coalesce(first_day, 'infinity'::date),"id");--> statement-breakpoint
CREATE INDEX "research_domains_broader_index" ON "research_domains" USING btree ("broader_id");--> statement-breakpoint
CREATE INDEX "signatories_parent_index" ON "signatories" USING btree ("parent_id");--> statement-breakpoint
CREATE INDEX "signatures_agreement_index" ON "signatures" USING btree ("agreement_id");--> statement-breakpoint
CREATE INDEX "signatures_signatory_index" ON "signatures" USING btree ("signatory_id","agreement_id");