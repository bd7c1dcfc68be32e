DROP INDEX "agreement_identifiers_value_key";--> statement-breakpoint
DROP INDEX "agreements_reference_key";--> statement-breakpoint
ALTER TABLE "agreement_identifiers" ADD COLUMN "key" text;--> statement-breakpoint
ALTER TABLE "agreements" ADD COLUMN "reference_key" text;--> statement-breakpoint
-- Where two agreements already share what must now differ, one gets the key and the others keep their exact text as theirs,
-- which no key equals; they are refused as taken when they are next written.
UPDATE "agreements" a SET "reference_key" = case when k.nth = 1 then k.key else a.reference end
FROM (
  SELECT id, lower(reference) AS key,
    row_number() OVER (PARTITION BY lower(reference), deleted_at IS NULL ORDER BY reference <> lower(reference), id) AS nth
  FROM "agreements" WHERE reference IS NOT NULL
) k WHERE k.id = a.id;--> statement-breakpoint
UPDATE "agreement_identifiers" i SET "key" = case when k.nth = 1 then k.key else i.value end
FROM (
  SELECT agreement_id, scheme, value, key,
    row_number() OVER (PARTITION BY scheme, key, active ORDER BY value <> key, agreement_id, value) AS nth
  FROM (
    SELECT agreement_id, scheme, value, active, case
      when scheme in ('ats', 'bevans', 'bgbl', 'cts', 'eas', 'kav', 'lnts', 'tias', 'ts', 'ukts', 'unts', 'unts-registration', 'ust')
      then regexp_replace(own, '(?<![0-9])0+(?=[0-9])', '', 'g') else own end AS key
    FROM (
      SELECT *, regexp_replace(
        coalesce(nullif(regexp_replace(tidy, '^((' || replace(scheme, '-', '[ -]?') || ')([ :._#-]+|(?=[0-9]))((no|nr|number)\y[.]? ?)?)+', ''), ''), tidy),
        ' ?[-‐-―−] ?', '-', 'g') AS own
      FROM (
        SELECT *, regexp_replace(lower(btrim(regexp_replace(value, '\s+', ' ', 'g'))), case when scheme = 'doi' then '^https?://(dx[.])?doi[.]org/' else '^$' end, '') AS tidy
        FROM "agreement_identifiers"
      ) tidied
    ) named
  ) keyed
) k WHERE k.agreement_id = i.agreement_id AND k.scheme = i.scheme AND k.value = i.value;--> statement-breakpoint
ALTER TABLE "agreement_identifiers" ALTER COLUMN "key" SET NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "agreement_identifiers_key_key" ON "agreement_identifiers" USING btree ("scheme","key") WHERE active;--> statement-breakpoint
CREATE UNIQUE INDEX "agreements_reference_key" ON "agreements" USING btree ("reference_key") WHERE deleted_at is null;
