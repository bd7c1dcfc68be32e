-- At most one preferred value for an act. Deferred, so that one statement may prefer another value: a partial unique
-- index cannot be deferred, an exclusion constraint can.
ALTER TABLE "dates" ADD CONSTRAINT "dates_preferred_key" EXCLUDE USING btree (
  "agreement_id" WITH =,
  "event" WITH =,
  (coalesce("signatory_id", '00000000-0000-0000-0000-000000000000'::uuid)) WITH =,
  "occurrence" WITH =
) WHERE ("preferred") DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
-- At least one: no declaration says so, hence a trigger, which looks only at writes that can take the last one away.
CREATE FUNCTION "require_preferred_date"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  act record;
BEGIN
  FOR act IN
    SELECT * FROM (VALUES
      (CASE WHEN TG_OP <> 'INSERT' THEN old.agreement_id END, CASE WHEN TG_OP <> 'INSERT' THEN old.event END,
       CASE WHEN TG_OP <> 'INSERT' THEN old.signatory_id END, CASE WHEN TG_OP <> 'INSERT' THEN old.occurrence END),
      (CASE WHEN TG_OP <> 'DELETE' THEN new.agreement_id END, CASE WHEN TG_OP <> 'DELETE' THEN new.event END,
       CASE WHEN TG_OP <> 'DELETE' THEN new.signatory_id END, CASE WHEN TG_OP <> 'DELETE' THEN new.occurrence END)
    ) AS acts (agreement_id, event, signatory_id, occurrence) WHERE agreement_id IS NOT NULL
  LOOP
    PERFORM FROM "dates" d WHERE d.agreement_id = act.agreement_id AND d.event = act.event
      AND d.signatory_id IS NOT DISTINCT FROM act.signatory_id AND d.occurrence = act.occurrence
    HAVING count(*) > 0 AND NOT bool_or(d.preferred);
    IF FOUND THEN
      RAISE EXCEPTION 'no value of the act is preferred' USING ERRCODE = '23514', CONSTRAINT = 'dates_preferred_check', TABLE = 'dates';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "dates_preferred_insert" AFTER INSERT ON "dates" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NOT new.preferred) EXECUTE FUNCTION "require_preferred_date"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "dates_preferred_update" AFTER UPDATE ON "dates" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (
    old.preferred AND NOT new.preferred
    OR (old.event, old.signatory_id, old.occurrence) IS DISTINCT FROM (new.event, new.signatory_id, new.occurrence)
  ) EXECUTE FUNCTION "require_preferred_date"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "dates_preferred_delete" AFTER DELETE ON "dates" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (old.preferred) EXECUTE FUNCTION "require_preferred_date"();
--> statement-breakpoint
-- Two sides, with a signature on each when the transaction commits.
ALTER TABLE "agreements" ADD CONSTRAINT "agreements_side1_fk" FOREIGN KEY ("side1_signature_id", "id", "side1")
  REFERENCES "signatures" ("id", "agreement_id", "side") DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "agreements" ADD CONSTRAINT "agreements_side2_fk" FOREIGN KEY ("side2_signature_id", "id", "side2")
  REFERENCES "signatures" ("id", "agreement_id", "side") DEFERRABLE INITIALLY DEFERRED;
