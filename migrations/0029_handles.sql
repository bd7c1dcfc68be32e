CREATE INDEX "agreement_identifiers_inactive_index" ON "agreement_identifiers" USING btree ("scheme","key") WHERE not active;--> statement-breakpoint
CREATE INDEX "agreements_deleted_reference_index" ON "agreements" USING btree ("reference_key") WHERE deleted_at is not null;--> statement-breakpoint
-- Written by hand: a reference that is a word of addresses gets a number, and the worker publishes the agreement again.
DO $$
DECLARE
  stored record;
  renamed text;
  number int;
  explained text;
BEGIN
  FOR stored IN
    SELECT id, reference, version, deleted_at FROM agreements
    WHERE reference ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
      OR reference ~* '^(?:all|archive|batch|bulk|calendar|changes|columns|compare|count|dates|deadlines|deleted|diff|documents|drafts|duplicates|export|exports|facets|feed|find|graph|history|import|imports|index|latest|lookup|map|merge|merges|new|parties|position|positions|preview|query|random|recent|relations|research-domains|restore|schema|search|signatories|similar|sources|statistics|stats|suggest|suggestions|summary|template|templates|timeline|validate|versions|warnings)(?:[.](?:atom|csv|geojson|html|ics|json|jsonl|jsonld|md|ndjson|ods|parquet|pdf|rdf|rss|tsv|ttl|txt|xlsx|xml|yaml|zip))?$'
    ORDER BY deleted_at IS NOT NULL, id
  LOOP
    number := 2;
    LOOP
      renamed := concat(stored.reference, '-', number);
      EXIT WHEN NOT EXISTS (SELECT FROM agreements WHERE reference_key IN (renamed, lower(renamed)));
      number := number + 1;
    END LOOP;
    UPDATE agreements SET reference = renamed, reference_key = lower(renamed) WHERE id = stored.id;
    explained := format('The reference %s was changed to %s, because addresses use it.', stored.reference, renamed);
    IF stored.deleted_at IS NULL THEN
      INSERT INTO publication_failures (agreement_id, reason, attempts, next_try, version, cause, note)
      VALUES (stored.id, 'reference changed', 0, now(), stored.version, 'format', explained)
      ON CONFLICT (agreement_id) DO UPDATE
      SET next_try = excluded.next_try, cause = excluded.cause, actor = NULL, note = excluded.note;
    END IF;
    RAISE WARNING 'Agreement %: %', stored.id, explained;
  END LOOP;
END $$;
