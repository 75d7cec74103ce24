-- A second wall around each organization, in the database itself. The first is the WHERE of every statement; here each table of people and
-- organizations shows a row only to those who belong to it, whatever a statement asks for. It holds for every role but the owner of the tables,
-- hence the program is to connect as another one.

-- Where a person belongs, kept in the person's own row: the check of a session reads it there, and the policy of this very table asks nothing else.
ALTER TABLE users
  ADD COLUMN organization_ids uuid[] NOT NULL DEFAULT '{}',              -- by a membership of any status
  ADD COLUMN active_organization_ids uuid[] NOT NULL DEFAULT '{}',       -- by an active one
  ADD COLUMN administered_organization_ids uuid[] NOT NULL DEFAULT '{}'; -- as an active admin

-- Columns that follow from others, and of which an event says nothing: names that end in _key are what other columns are compared by.
CREATE FUNCTION audit_follows(name text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN name IN ('search', 'uid', 'updated_at', 'rendering') OR name LIKE '%\_key' OR name LIKE '%organization\_ids';

-- An event tells what somebody changed, not what follows from it elsewhere: the change of a membership has an event of its own.
CREATE OR REPLACE FUNCTION audit_updated() RETURNS trigger LANGUAGE plpgsql
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
         (SELECT string_agg(fresh.content ->> name, '/' ORDER BY place) FROM unnest(id_columns) WITH ORDINALITY AS columns (name, place)),
         coalesce(fresh.content ->> 'organization_id', CASE TG_ARGV[0] WHEN 'organization' THEN fresh.content ->> 'id' END)::uuid,
         coalesce(change.before, '{}'),
         coalesce(change.after, '{}') || CASE WHEN change.names IS NULL THEN '{}' ELSE jsonb_build_object('changed', change.names) END
    FROM past JOIN fresh ON fresh.content -> key_column = past.content -> key_column
    CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(name, past.content -> name) FILTER (WHERE name = ANY (kept)) AS before,
             jsonb_object_agg(name, fresh.content -> name) FILTER (WHERE name = ANY (kept)) AS after,
             jsonb_agg(name ORDER BY name) FILTER (WHERE name <> ALL (kept) AND NOT audit_follows(name)) AS names,
             bool_and(name LIKE '%organization\_ids') AS elsewhere
        FROM jsonb_object_keys(fresh.content) AS columns (name)
       WHERE past.content -> name IS DISTINCT FROM fresh.content -> name) AS change
   WHERE change.elsewhere IS NOT TRUE;
  RETURN NULL;
END $$;

-- People are locked in the order of their ids and read again behind the lock: of two changes of one person the later sees both.
CREATE FUNCTION users_belong(people uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM 1 FROM users WHERE id = ANY (people) ORDER BY id FOR NO KEY UPDATE;
  UPDATE users
     SET organization_ids = belonging.organizations,
         active_organization_ids = belonging.active,
         administered_organization_ids = belonging.administered
    FROM (SELECT person AS id,
                 coalesce(array_agg(organization_id ORDER BY organization_id) FILTER (WHERE organization_id IS NOT NULL), '{}') AS organizations,
                 coalesce(array_agg(organization_id ORDER BY organization_id) FILTER (WHERE status = 'active'), '{}') AS active,
                 coalesce(array_agg(organization_id ORDER BY organization_id) FILTER (WHERE status = 'active' AND role = 1), '{}') AS administered
            FROM unnest(people) AS person LEFT JOIN memberships ON memberships.user_id = person
           GROUP BY person) AS belonging
   WHERE users.id = belonging.id
     AND (users.organization_ids, users.active_organization_ids, users.administered_organization_ids)
         IS DISTINCT FROM (belonging.organizations, belonging.active, belonging.administered);
END $$;

-- It runs as its owner, hence nothing that the caller may make is to stand before its tables.
DO $$ BEGIN EXECUTE format('ALTER FUNCTION users_belong SET search_path = %I, pg_temp', current_schema()); END $$;

CREATE FUNCTION memberships_belong_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM users_belong(array_agg(DISTINCT user_id)) FROM after WHERE user_id IS NOT NULL HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE FUNCTION memberships_belong_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM users_belong(array_agg(DISTINCT user_id)) FROM before WHERE user_id IS NOT NULL HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE FUNCTION memberships_belong() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM users_belong(array_agg(DISTINCT person))
     FROM (SELECT unnest(ARRAY[before.user_id, after.user_id]) AS person
             FROM before JOIN after ON after.id = before.id
            WHERE (before.user_id, before.status, before.role) IS DISTINCT FROM (after.user_id, after.status, after.role)) AS changed
    WHERE person IS NOT NULL HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE TRIGGER belong_in AFTER INSERT ON memberships
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION memberships_belong_in();
CREATE TRIGGER belong_out AFTER DELETE ON memberships
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION memberships_belong_out();
CREATE TRIGGER belong AFTER UPDATE ON memberships
  REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION memberships_belong();

SELECT users_belong(array_agg(id)) FROM users;

-- --- Who calls ---

-- Set for one transaction by the statement that checks the session; nothing, unless set.
CREATE FUNCTION muster_organizations() RETURNS uuid[]
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('muster.organizations', true), '')::uuid[];

-- The organization of a caller who belongs to no other, and administers it. An array of one is 38 characters long: the id in braces.
CREATE FUNCTION muster_own_organization() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE WHEN length(current_setting('muster.organizations', true)) = 38
               AND current_setting('muster.organizations', true) = current_setting('muster.administered_organizations', true)
              THEN substr(current_setting('muster.organizations', true), 2, 36)::uuid END;

-- Employees, and what runs for nobody in particular: operations without a session, commands, jobs.
CREATE FUNCTION muster_reaches_everything() RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(current_setting('muster.employee', true), '') = 'true'
      OR coalesce(current_setting('muster.everything', true), '') = 'true';

-- --- Policies ---

ALTER TABLE team_statistics ADD COLUMN organization_id uuid;
UPDATE team_statistics SET organization_id = teams.organization_id FROM teams WHERE teams.id = team_statistics.team_id;
ALTER TABLE team_statistics ALTER COLUMN organization_id SET NOT NULL;

CREATE OR REPLACE FUNCTION team_statistics_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO team_statistics (team_id, organization_id) SELECT id, organization_id FROM after;
  RETURN NULL;
END $$;

-- Puts a table behind the wall: `seen` is what a row is seen by besides by those who reach everything. The owner, for whom the wall is forced too,
-- is let through by a policy of its own, which the views below stand on.
CREATE PROCEDURE guard_table(guarded regclass, seen text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
  EXECUTE format('CREATE POLICY owner ON %s TO CURRENT_USER USING (true)', guarded);
  EXECUTE format('CREATE POLICY caller ON %s USING (%s OR muster_reaches_everything())', guarded, seen);
END $$;

-- A table whose rows belong to an organization. The list is read once a statement, not once a row.
CREATE PROCEDURE guard_tenant_table(guarded regclass) LANGUAGE plpgsql AS $$
BEGIN
  CALL guard_table(guarded, 'organization_id = ANY ((SELECT muster_organizations())::uuid[])');
END $$;

CALL guard_tenant_table('teams');
CALL guard_tenant_table('team_members');
CALL guard_tenant_table('team_admins');
CALL guard_tenant_table('team_statistics');
CALL guard_tenant_table('invitations');
CALL guard_tenant_table('organization_statistics');
CALL guard_table('organizations', 'id = ANY ((SELECT muster_organizations())::uuid[])');
CALL guard_table('memberships', 'organization_id = ANY ((SELECT muster_organizations())::uuid[]) OR user_id = muster_caller()');
CALL guard_table('users', 'organization_ids && (SELECT muster_organizations()) OR id = muster_caller()');
CALL guard_table('sessions', 'user_id = muster_caller()');
-- Whoever sees a person may have a reset link mailed, as far as the wall is concerned. Those of nobody stand for an address that nobody has.
CALL guard_table('password_resets', 'user_id IS NULL OR EXISTS (SELECT 1 FROM users WHERE users.id = user_id)');

-- Anything may leave an event; events are read by those who reach everything.
ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON audit_events TO CURRENT_USER USING (true);
CREATE POLICY leave ON audit_events FOR INSERT WITH CHECK (true);
CREATE POLICY read ON audit_events FOR SELECT USING (muster_reaches_everything());

-- --- Views that look over the wall ---
--
-- A view reads with the rights of its owner. These are for what must be found before it is known who calls, and for searches by words, whose
-- operator may use an index only where no policy stands before it. What they show is no more than is needed to go on behind the wall.

-- Sessions by their token.
CREATE VIEW session_tokens AS
  SELECT token_hash, previous_token_hash, rotated_at, client, user_id, created_at, expires_at FROM sessions;

-- People by what they sign in with: whether a name is taken, and the caller's own account.
CREATE VIEW accounts AS
  SELECT id, username, email, first_name, last_name, language_code, provider, uid, former_uids, password_hash, worklete_employee, enabled,
         sign_in_count, current_sign_in_at, last_sign_in_at, current_sign_in_ip, last_sign_in_ip, created_at, updated_at,
         active_organization_ids, administered_organization_ids
    FROM users;

-- Invitations by their code.
CREATE VIEW invitation_codes AS
  SELECT invitations.id, invitations.invite_code, invitations.used_at, invitations.expires_at, invitations.membership_id,
         memberships.first_name, memberships.last_name, memberships.status, memberships.user_id,
         organizations.name AS organization_name
    FROM invitations
    JOIN memberships ON memberships.id = invitations.membership_id
    JOIN organizations ON organizations.id = invitations.organization_id;

-- Ids by words.
CREATE VIEW user_words AS SELECT id, search FROM users;
CREATE VIEW membership_words AS SELECT id, organization_id, search FROM memberships;

-- --- The program's role ---

-- What the role that the program connects as may do, told anew after each migration. Of the audit log it may only add to and read, of the history of the
-- schema only read, and through the views above it changes nothing but the token of a session.
CREATE PROCEDURE admit_program(program name) LANGUAGE plpgsql AS $$
DECLARE
  view regclass;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', program);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', program);
  EXECUTE format('REVOKE UPDATE, DELETE ON audit_events FROM %I', program);
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM %I', program);
  FOR view IN SELECT oid::regclass FROM pg_class WHERE relkind = 'v' AND relnamespace = current_schema()::regnamespace LOOP
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %s FROM %I', view, program);
  END LOOP;
  EXECUTE format('GRANT UPDATE (token_hash, previous_token_hash, rotated_at) ON session_tokens TO %I', program);
END $$;
