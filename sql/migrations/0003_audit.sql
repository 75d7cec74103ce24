-- The audit log: every change of the directory leaves an event in the transaction that makes it, whoever makes it. Events are written by the
-- tables themselves, so that no operation can forget one.

-- An event holds no personal data: it stays when a person is erased. Names of people, addresses, usernames, codes, hashes and tokens are told by the
-- names of their columns only, in after's list "changed".
CREATE TABLE audit_events (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- Tells the order of events of one millisecond.
  position bigint GENERATED ALWAYS AS IDENTITY,
  organization_id uuid,
  action text NOT NULL,
  -- No reference: the event outlives whom and what it names. Null: nobody was signed in.
  actor uuid DEFAULT muster_caller(),
  thing_type text NOT NULL,
  -- Null where the thing is told by a hash only.
  thing_id text,
  -- What the transaction_context of the transaction says: the operation's or the command's name, and which request it was.
  operation text DEFAULT nullif(current_setting('muster.operation', true), ''),
  request_id text DEFAULT nullif(current_setting('muster.request_id', true), ''),
  address inet DEFAULT nullif(current_setting('muster.address', true), '')::inet,
  before jsonb,
  after jsonb
);

CREATE INDEX audit_events_at ON audit_events (at, position);
CREATE INDEX audit_events_organization ON audit_events (organization_id, at, position);
CREATE INDEX audit_events_action ON audit_events (action, at, position);

CREATE FUNCTION audit_events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_events is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION audit_events_stay();

-- What the id and the organization of a thing are, told by its row and by the arguments of the triggers below.
CREATE FUNCTION audit_thing_id(content jsonb, id_columns text[]) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (SELECT string_agg(content ->> name, '/' ORDER BY place) FROM unnest(id_columns) WITH ORDINALITY AS columns (name, place));

CREATE FUNCTION audit_organization(content jsonb, thing text) RETURNS uuid
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN coalesce(content ->> 'organization_id', CASE thing WHEN 'organization' THEN content ->> 'id' END)::uuid;

-- Rows are made JSON once each, before their columns are looked at. Arguments of the two functions below, the latter three being lists with commas:
--   0 the type of thing, 1 the columns that make its id, 2 the columns whose values are kept, 3 what tells a row apart where that is not its id.

-- Rows that come or go: what is kept of them stands in the event as it is after or was before.
CREATE FUNCTION audit_come_or_gone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  id_columns text[] := string_to_array(TG_ARGV[1], ',');
  kept text[] := string_to_array(TG_ARGV[2], ',');
BEGIN
  INSERT INTO audit_events (action, thing_type, thing_id, organization_id, before, after)
  WITH rows AS MATERIALIZED (SELECT to_jsonb(changed) AS content FROM changed)
  SELECT TG_ARGV[0] || CASE TG_OP WHEN 'INSERT' THEN '.create' ELSE '.delete' END, TG_ARGV[0],
         audit_thing_id(rows.content, id_columns), audit_organization(rows.content, TG_ARGV[0]),
         CASE TG_OP WHEN 'DELETE' THEN kept_columns.told END, CASE TG_OP WHEN 'INSERT' THEN kept_columns.told END
    FROM rows
    CROSS JOIN LATERAL (SELECT jsonb_object_agg(name, rows.content -> name) AS told FROM unnest(kept) AS columns (name)) AS kept_columns;
  RETURN NULL;
END $$;

-- Only what changed is told: kept columns with both values, others by name. Columns that follow from others say nothing of their own: names that
-- end in _key are what other columns are compared by. The plan is kept, and of thousands of rows old and new ones are never to be paired one by
-- one, whatever it was first made for and the settings say.
CREATE FUNCTION audit_updated() RETURNS trigger LANGUAGE plpgsql
  SET enable_nestloop = off SET enable_hashjoin = on SET jit = off AS $$
DECLARE
  id_columns text[] := string_to_array(TG_ARGV[1], ',');
  kept text[] := string_to_array(TG_ARGV[2], ',');
  -- The key of every table here is one column.
  key_column text := coalesce(TG_ARGV[3], TG_ARGV[1]);
BEGIN
  INSERT INTO audit_events (action, thing_type, thing_id, organization_id, before, after)
  WITH past AS MATERIALIZED (SELECT to_jsonb(before) AS content FROM before),
       fresh AS MATERIALIZED (SELECT to_jsonb(after) AS content FROM after)
  SELECT TG_ARGV[0] || '.update', TG_ARGV[0],
         audit_thing_id(fresh.content, id_columns), audit_organization(fresh.content, TG_ARGV[0]),
         coalesce(change.before, '{}'),
         coalesce(change.after, '{}') || CASE WHEN change.names IS NULL THEN '{}' ELSE jsonb_build_object('changed', change.names) END
    FROM past JOIN fresh ON fresh.content -> key_column = past.content -> key_column
    CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(name, past.content -> name) FILTER (WHERE name = ANY (kept)) AS before,
             jsonb_object_agg(name, fresh.content -> name) FILTER (WHERE name = ANY (kept)) AS after,
             jsonb_agg(name ORDER BY name) FILTER (WHERE name <> ALL (kept)) AS names
        FROM jsonb_object_keys(fresh.content) AS columns (name)
       WHERE past.content -> name IS DISTINCT FROM fresh.content -> name
         AND name NOT IN ('search', 'uid', 'updated_at') AND name NOT LIKE '%\_key') AS change;
  RETURN NULL;
END $$;

-- Which events a table leaves, and which of its columns are kept, is told here once for each table.
CREATE PROCEDURE audit_table(audited regclass, kinds text[], thing text, id_columns text, kept text, key_column text) LANGUAGE plpgsql AS $$
DECLARE
  arguments text := concat_ws(', ', quote_literal(thing), quote_literal(id_columns), quote_literal(kept), quote_literal(key_column));
BEGIN
  IF 'create' = ANY (kinds) THEN
    EXECUTE format('CREATE TRIGGER audit_create AFTER INSERT ON %s REFERENCING NEW TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION audit_come_or_gone(%s)', audited, arguments);
  END IF;
  IF 'update' = ANY (kinds) THEN
    EXECUTE format('CREATE TRIGGER audit_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS before NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION audit_updated(%s)', audited, arguments);
  END IF;
  IF 'delete' = ANY (kinds) THEN
    EXECUTE format('CREATE TRIGGER audit_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION audit_come_or_gone(%s)', audited, arguments);
  END IF;
END $$;

CALL audit_table('users', '{create,update,delete}', 'user', 'id',
                 'provider,language_code,worklete_employee,enabled,sign_in_count', NULL);
CALL audit_table('organizations', '{create,update,delete}', 'organization', 'id',
                 'name,s3_integrations_folder,new_hire_delay_days,saml_entity_id', NULL);
CALL audit_table('memberships', '{create,update,delete}', 'membership', 'id',
                 'user_id,role,status,invited_at,joined_at,active_from', NULL);
CALL audit_table('invitations', '{create,update,delete}', 'invitation', 'id', 'membership_id,used_at,expires_at', NULL);
CALL audit_table('teams', '{create,update,delete}', 'team', 'id', 'parent_id,name,type,overall_worklete_score', NULL);
CALL audit_table('team_members', '{create,delete}', 'team_member', 'team_id,membership_id', 'team_id,membership_id', NULL);
CALL audit_table('team_admins', '{create,delete}', 'team_admin', 'team_id,membership_id', 'team_id,membership_id', NULL);
-- The token of a session may change with each request: that is no event.
CALL audit_table('sessions', '{create,delete}', 'session', '', 'user_id,expires_at', NULL);
CALL audit_table('password_resets', '{create,delete}', 'password_reset', '', 'user_id,expires_at', NULL);
CALL audit_table('sign_in_failures', '{create,update}', 'sign_in_failure', '', 'failures,window_started_at', 'name_hash');
