CREATE TABLE "agreement_version_listings" (
	"agreement_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"reference_key" text,
	"identifiers" text[] NOT NULL,
	"sides" smallint[] NOT NULL,
	"type" text NOT NULL,
	"binding" text NOT NULL,
	"collection_id" uuid,
	"status" text NOT NULL,
	"status_basis" text NOT NULL,
	"signed" date,
	"signed_last" date,
	"next_expiry" date,
	"sort_title" text NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"in_force" datemultirange NOT NULL,
	"statuses" text[] NOT NULL,
	"bases" text[] NOT NULL,
	"since" date[] NOT NULL,
	"party_kinds" text NOT NULL,
	"side_kinds" text NOT NULL,
	"has_term" boolean NOT NULL,
	"parties" uuid[] NOT NULL,
	"parties_in_force" datemultirange[],
	"bodies" uuid[] NOT NULL,
	"domains" uuid[] NOT NULL,
	"events" text[] NOT NULL,
	"acts" "int4multirange" NOT NULL,
	"first_act" date,
	"last_act" date,
	"warnings" text[] NOT NULL,
	"search" "tsvector" NOT NULL,
	CONSTRAINT "agreement_version_listings_pk" PRIMARY KEY("agreement_id","version")
);
--> statement-breakpoint
CREATE TABLE "changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"sequence" bigint,
	"sequenced_at" timestamp with time zone,
	"kind" text NOT NULL,
	"entry_id" uuid NOT NULL,
	"version" integer,
	"operation" text,
	"code" text,
	"merged_into" uuid,
	"actor" text,
	"note" text,
	"changed_at" timestamp with time zone,
	CONSTRAINT "changes_kind_check" CHECK ("changes"."kind" in ('agreement', 'signatory', 'research_domain', 'collection')),
	CONSTRAINT "changes_operation_check" CHECK ("changes"."operation" in ('deleted', 'merged', 'restored')),
	CONSTRAINT "changes_version_check" CHECK (("changes"."kind" = 'agreement') = ("changes"."version" is not null))
);
--> statement-breakpoint
-- The latest version of each agreement has the listing that lists use. What earlier ones had is not known.
INSERT INTO "agreement_version_listings" (agreement_id, version, reference_key, identifiers, sides,
    type, binding, collection_id, status, status_basis, signed, signed_last, next_expiry, sort_title,
    updated_at, in_force, statuses, bases, since, party_kinds, side_kinds, has_term, parties,
    parties_in_force, bodies, domains, events, acts, first_act, last_act, warnings, search)
  SELECT l.agreement_id, a.version, a.reference_key,
    coalesce((SELECT array_agg(i.scheme || ':' || i.key ORDER BY i.position)
      FROM "agreement_identifiers" i WHERE i.agreement_id = a.id), '{}'),
    coalesce((SELECT array_agg(coalesce(p.side, 0) ORDER BY u.place)
      FROM unnest(l.parties) WITH ORDINALITY u (party_id, place)
      LEFT JOIN "agreement_parties" p ON p.agreement_id = a.id AND p.party_id = u.party_id), '{}'),
    l.type, l.binding, l.collection_id, l.status, l.status_basis, l.signed, l.signed_last, l.next_expiry,
    l.sort_title, l.updated_at, l.in_force, l.statuses, l.bases, l.since, l.party_kinds, l.side_kinds,
    l.has_term, l.parties, l.parties_in_force, l.bodies, l.domains, l.events, l.acts, l.first_act, l.last_act,
    l.warnings, l.search
  FROM "agreement_listings" l JOIN "agreements" a ON a.id = l.agreement_id;
--> statement-breakpoint
-- All that was committed so far, in the order of its instants; the versions of an agreement ascend.
INSERT INTO "changes" (sequence, sequenced_at, kind, entry_id, version, operation, code, merged_into, actor, note, changed_at)
  SELECT row_number() OVER (ORDER BY c.at, c.entry_id, c.version, c.operation), clock_timestamp(),
    c.kind, c.entry_id, c.version, c.operation, c.code, c.merged_into, c.actor, c.note,
    CASE WHEN c.version IS NULL THEN c.at END
  FROM (
    SELECT v.published_at AS at, 'agreement' AS kind, v.agreement_id AS entry_id, v.version, NULL AS operation,
      NULL AS code, NULL::uuid AS merged_into, NULL AS actor, NULL AS note
    FROM "agreement_versions" v
    UNION ALL
    SELECT d.deleted_at, d.registry, d.entry_id, NULL, 'deleted', d.code, NULL, d.actor, d.note
    FROM "registry_deletions" d WHERE NOT EXISTS (
      SELECT FROM "signatory_merges" m WHERE m.lost_id = d.entry_id AND m.undone_at IS NULL)
    UNION ALL
    SELECT m.merged_at, 'signatory', m.lost_id, NULL, 'merged', m.lost_code, m.kept_id, m.actor, m.note
    FROM "signatory_merges" m
    UNION ALL
    SELECT m.undone_at, 'signatory', m.lost_id, NULL, 'restored', m.lost_code, NULL, m.undone_by, m.undo_note
    FROM "signatory_merges" m WHERE m.undone_at IS NOT NULL
  ) c
  ORDER BY 1;
--> statement-breakpoint
DROP INDEX "agreement_versions_sequence_key";--> statement-breakpoint
DROP INDEX "agreement_versions_unstamped_index";--> statement-breakpoint
ALTER TABLE "agreement_version_listings" ADD CONSTRAINT "agreement_version_listings_version_fk" FOREIGN KEY ("agreement_id","version") REFERENCES "public"."agreement_versions"("agreement_id","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "changes_sequence_key" ON "changes" USING btree ("sequence") WHERE sequence is not null;--> statement-breakpoint
CREATE INDEX "changes_unsequenced_index" ON "changes" USING btree ("id") WHERE sequence is null;--> statement-breakpoint
ALTER TABLE "agreement_versions" DROP COLUMN "sequence";