-- The other two APIs: keys of programs that delete leavers, security tokens and user groups of the API that counts people; receipts, and the switch for
-- maintenance.

-- Which organization the caller's token is for: set for one transaction by the statement that checks it. None, unless set.
CREATE FUNCTION muster_organization() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('muster.organization_id', true), '')::uuid;

-- A team of teams is a user group there, which has a number and a description.
ALTER TABLE teams
  ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT teams_number_key UNIQUE CHECK (number < 9007199254740992),
  ADD COLUMN description text;

CREATE INDEX teams_groups ON teams (organization_id, created_at, id) WHERE type = 'META';

-- What an organization says of a person there.
ALTER TABLE memberships ADD COLUMN description text;

CREATE TABLE api_keys (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  -- The beginning of the key, by which people tell it; the rest is known to nobody but its owner.
  prefix text NOT NULL CONSTRAINT api_keys_prefix_key UNIQUE,
  key_hash bytea NOT NULL CONSTRAINT api_keys_hash_key UNIQUE CHECK (octet_length(key_hash) = 32),
  name text NOT NULL,
  scopes text[] NOT NULL DEFAULT '{}',
  -- The key that took its place; it is good for a while beside it.
  successor_id uuid REFERENCES api_keys ON DELETE SET NULL,
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE INDEX api_keys_organization ON api_keys (organization_id, created_at, id);
CREATE INDEX api_keys_successor ON api_keys (successor_id) WHERE successor_id IS NOT NULL;

-- Apart from the keys, since a use is no event.
CREATE TABLE api_key_uses (
  api_key_id uuid PRIMARY KEY REFERENCES api_keys ON DELETE CASCADE,
  last_used_at timestamptz(3) NOT NULL
) WITH (fillfactor = 50);

-- One for each membership at most. A token has 53 bits, hence the hash is a slow one over token and identity.
CREATE TABLE security_tokens (
  membership_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  token_hash bytea NOT NULL CONSTRAINT security_tokens_hash_key UNIQUE CHECK (octet_length(token_hash) = 32),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  FOREIGN KEY (membership_id, organization_id) REFERENCES memberships (id, organization_id) ON DELETE CASCADE
);

-- What was asked for and done when people left. It refers to nothing, since it outlives everything that it tells of. The addresses are kept as hashes of 32
-- bytes, one behind the other, keyed with the API key of the request: who has that can ask for an address, nobody else can find one.
CREATE TABLE deletion_receipts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  api_key_id uuid NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT now(),
  requested integer NOT NULL,
  deleted integer NOT NULL,
  sessions_ended integer NOT NULL,
  deleted_hashes bytea NOT NULL CHECK (octet_length(deleted_hashes) = 32 * deleted),
  not_found_hashes bytea NOT NULL CHECK (octet_length(not_found_hashes) = 32 * (requested - deleted))
);

CREATE INDEX deletion_receipts_organization ON deletion_receipts (organization_id, at);

CREATE FUNCTION deletion_receipts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'deletion_receipts is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deletion_receipts
  FOR EACH STATEMENT EXECUTE FUNCTION deletion_receipts_stay();

-- Closed for maintenance since then; null: open. Each server looks here once a second.
CREATE TABLE maintenance (
  one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
  since timestamptz(3)
);

INSERT INTO maintenance DEFAULT VALUES;

-- --- Many rows at once ---

-- Thousands of people may come or leave in one statement. An event for each row would cost more than all the rest, so a statement that makes or deletes more than a
-- hundred rows of a table leaves one for each hundred of an organization, whose list "ids" tells which they were; where a table has no ids, one tells in "rows" how many. The
-- function is made for its table, because turning whole rows into JSON costs as much again. `event` is create or delete.
CREATE PROCEDURE audit_rows(audited regclass, event text, thing text, id_columns text, kept text) LANGUAGE plpgsql AS $procedure$
DECLARE
  rows text := CASE event WHEN 'create' THEN 'after' ELSE 'before' END;
  function_name text := format('audit_%s_%sd', (SELECT relname FROM pg_class WHERE oid = audited), event);
  id text := (SELECT string_agg(format('%I::text', name), ' || ''/'' || ' ORDER BY place)
                FROM unnest(string_to_array(id_columns, ',')) WITH ORDINALITY AS columns (name, place));
  organization text := CASE WHEN thing = 'organization' THEN 'id'
                            WHEN EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = audited AND attname = 'organization_id' AND NOT attisdropped)
                            THEN 'organization_id' ELSE 'NULL::uuid' END;
  pairs text := (SELECT string_agg(format('%L, %I', name, name), ', ') FROM unnest(string_to_array(kept, ',')) AS columns (name));
  one text := coalesce(format('jsonb_build_object(%s)', pairs), 'NULL::jsonb');
  many text := CASE WHEN id IS NULL THEN 'jsonb_build_object(''rows'', count(*))' ELSE 'jsonb_build_object(''ids'', jsonb_agg(id))' END;
  part text := CASE WHEN id IS NULL THEN '0' ELSE '(row_number() OVER () - 1) / 100' END;
BEGIN
  EXECUTE format($function$
    CREATE FUNCTION %I() RETURNS trigger LANGUAGE plpgsql AS $body$
    DECLARE
      total bigint := (SELECT count(*) FROM %s);
    BEGIN
      IF total > 100 THEN
        INSERT INTO audit_events (action, thing_type, organization_id, %s)
        SELECT %L, %L, organization, %s
          FROM (SELECT %s AS organization, %s AS id, %s AS part FROM %s) AS parts
         GROUP BY organization, part;
      ELSIF total > 0 THEN
        INSERT INTO audit_events (action, thing_type, thing_id, organization_id, %s)
        SELECT %L, %L, %s, %s, %s FROM %s;
      END IF;
      RETURN NULL;
    END $body$ $function$,
    function_name, rows, rows, thing || '.' || event, thing, many, organization, coalesce(id, 'NULL::text'), part, rows,
    rows, thing || '.' || event, thing, coalesce(id, 'NULL::text'), organization, one, rows);
  EXECUTE format('CREATE TRIGGER audit_%s AFTER %s ON %s REFERENCING %s TABLE AS %s FOR EACH STATEMENT EXECUTE FUNCTION %I()',
                 event, CASE event WHEN 'create' THEN 'INSERT' ELSE 'DELETE' END, audited, CASE event WHEN 'create' THEN 'NEW' ELSE 'OLD' END, rows,
                 function_name);
END $procedure$;

-- The tables that have the general functions get some of their own; their arguments stand in the trigger.
DO $$
DECLARE
  old record;
BEGIN
  FOR old IN
    SELECT tgrelid::regclass AS audited, tgname, substr(tgname, length('audit_') + 1) AS event, string_to_array(encode(tgargs, 'escape'), '\000') AS arguments
      FROM pg_trigger WHERE tgfoid IN ('audit_created()'::regprocedure, 'audit_deleted()'::regprocedure)
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', old.tgname, old.audited);
    CALL audit_rows(old.audited, old.event, old.arguments[1], old.arguments[2], old.arguments[3]);
  END LOOP;
END $$;

DROP FUNCTION audit_created();
DROP FUNCTION audit_deleted();

CREATE OR REPLACE PROCEDURE audit_table(audited regclass, kinds text[], thing text, id_columns text, kept text, key_column text) LANGUAGE plpgsql AS $$
DECLARE
  arguments text := concat_ws(', ', quote_literal(thing), quote_literal(id_columns), quote_literal(kept), quote_literal(key_column));
BEGIN
  IF 'create' = ANY (kinds) THEN
    CALL audit_rows(audited, 'create', thing, id_columns, kept);
  END IF;
  IF 'update' = ANY (kinds) THEN
    EXECUTE format('CREATE TRIGGER audit_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS before NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION audit_updated(%s)', audited, arguments);
  END IF;
  IF 'delete' = ANY (kinds) THEN
    CALL audit_rows(audited, 'delete', thing, id_columns, kept);
  END IF;
END $$;

-- Connections keep their plans. One that was made while a table was small may read all of it for each of thousands of rows later, until statistics come.
CREATE FUNCTION muster_forget_plans() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'DISCARD PLANS';
END $$;

-- These pair the rows of a statement with memberships, and keep their plans: one that was made while there were few memberships would look at all of them for
-- each row.
ALTER FUNCTION team_members_counted() SET enable_seqscan = off;
ALTER FUNCTION team_admins_counted() SET enable_seqscan = off;
ALTER FUNCTION membership_status_counted() SET enable_seqscan = off;

-- Places in teams are asked for before anything is done about them: most people who leave at once had theirs taken by one statement before.
CREATE OR REPLACE FUNCTION membership_leaves_teams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM team_members WHERE membership_id = OLD.id
             UNION ALL SELECT 1 FROM team_admins WHERE membership_id = OLD.id) THEN
    DELETE FROM team_members WHERE membership_id = OLD.id;
    DELETE FROM team_admins WHERE membership_id = OLD.id;
  END IF;
  RETURN OLD;
END $$;

CALL audit_table('api_keys', '{create,update,delete}', 'api_key', 'id', 'prefix,scopes,successor_id,expires_at,revoked_at', NULL);
CALL audit_table('security_tokens', '{create,update,delete}', 'security_token', 'membership_id', 'membership_id', NULL);
CALL audit_table('deletion_receipts', '{create}', 'deletion_receipt', 'id', 'api_key_id,requested,deleted,sessions_ended', NULL);
CALL audit_table('maintenance', '{update}', 'maintenance', '', 'since', 'one_row');

CALL guard_tenant_table('api_keys');
CALL guard_tenant_table('security_tokens');
CALL guard_tenant_table('deletion_receipts');

-- People by their token: it must be found before it is known who calls.
CREATE VIEW token_callers AS
  SELECT security_tokens.token_hash, users.id AS user_id, users.number, users.enabled, memberships.organization_id, memberships.role,
         memberships.status
    FROM security_tokens
    JOIN memberships ON memberships.id = security_tokens.membership_id
    JOIN users ON users.id = memberships.user_id;

-- Keys by what they are presented as.
CREATE VIEW presented_keys AS
  SELECT id, organization_id, prefix, scopes, key_hash, revoked_at, expires_at FROM api_keys;
