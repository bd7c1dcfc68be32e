-- The days of signature in lists are derived at publication: the clock publishes agreements whose date of signature has an
-- open beginning or end, as soon as a server runs.
UPDATE "agreements" SET "changes_on" = '-infinity'
WHERE "deleted_at" IS NULL AND EXISTS (
  SELECT FROM "dates" d
  WHERE d."agreement_id" = "agreements"."id" AND d."preferred"
    AND d."event" IN ('signed', 'signed_definitively', 'notes_exchanged')
    AND (d."first_day" IS NULL) <> (d."last_day" IS NULL)
);
