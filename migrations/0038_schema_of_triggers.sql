-- Triggers find their tables whatever the `search_path` of the connection that fires them.
DO $do$
DECLARE
  function record;
  place text;
  definition text;
BEGIN
  FOR function IN
    SELECT p.oid FROM pg_proc p
    WHERE p.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = current_schema())
      AND p.prorettype = 'trigger'::regtype
  LOOP
    definition := pg_get_functiondef(function.oid);
    FOREACH place IN ARRAY ARRAY['INTO "registry_history"', 'INTO "predecessor_history"', 'FROM "dates"'] LOOP
      definition := replace(definition, place, replace(place, ' ', format(' %I.', current_schema())));
    END LOOP;
    EXECUTE definition;
  END LOOP;
END $do$;
