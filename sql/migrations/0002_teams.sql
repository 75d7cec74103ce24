-- Teams as a tree, with the counts that each team shows, and the search for people by the names of their memberships.

CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;

ALTER TABLE memberships ADD COLUMN search tsvector
  GENERATED ALWAYS AS (muster_words(first_name || ' ' || last_name)) STORED;

-- A prefix query inside one organization touches only that organization's part of the index.
CREATE INDEX memberships_search ON memberships USING gin (organization_id, search);

-- Lists of an organization's people by name.
CREATE INDEX memberships_first_name ON memberships (organization_id, first_name, last_name, id);
CREATE INDEX memberships_last_name ON memberships (organization_id, last_name, first_name, id);
CREATE INDEX memberships_job_title ON memberships (organization_id, lower(job_title), created_at) WHERE job_title IS NOT NULL;

-- The latest overall score; null where there is no data. It is worked out from stored events.
ALTER TABLE teams ADD COLUMN overall_worklete_score smallint
  CONSTRAINT teams_score_range CHECK (overall_worklete_score BETWEEN 0 AND 100);

CREATE FUNCTION muster_score_label(score smallint) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN score IS NULL THEN 'NO_DATA' WHEN score < 50 THEN 'LOW' WHEN score < 75 THEN 'FAIR'
              WHEN score < 90 THEN 'GOOD' ELSE 'EXCELLENT' END;

-- Who learns in a team: active and invited members of the team itself; its admins are counted apart.
CREATE TABLE team_statistics (
  team_id uuid PRIMARY KEY REFERENCES teams ON DELETE CASCADE,
  active_count integer NOT NULL DEFAULT 0,
  invited_count integer NOT NULL DEFAULT 0,
  admins_count integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

INSERT INTO team_statistics (team_id, active_count, invited_count, admins_count)
SELECT teams.id,
       (SELECT count(*) FROM team_members JOIN memberships ON memberships.id = membership_id
         WHERE team_id = teams.id AND status = 'active'),
       (SELECT count(*) FROM team_members JOIN memberships ON memberships.id = membership_id
         WHERE team_id = teams.id AND status = 'invited'),
       (SELECT count(*) FROM team_admins JOIN memberships ON memberships.id = membership_id
         WHERE team_id = teams.id AND status <> 'inactive')
  FROM teams;

CREATE FUNCTION team_statistics_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO team_statistics (team_id) SELECT id FROM after;
  RETURN NULL;
END $$;

CREATE TRIGGER statistics_start AFTER INSERT ON teams
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION team_statistics_start();

-- Adds changes to teams' counts. Rows are locked in the order of their ids, so that two transactions never wait for each other.
CREATE FUNCTION team_statistics_add(changed_teams uuid[], active integer[], invited integer[], admins integer[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM team_statistics WHERE team_id = ANY (changed_teams) ORDER BY team_id FOR NO KEY UPDATE;
  UPDATE team_statistics AS statistics
     SET active_count = statistics.active_count + change.active,
         invited_count = statistics.invited_count + change.invited,
         admins_count = statistics.admins_count + change.admins
    FROM unnest(changed_teams, active, invited, admins) AS change (team_id, active, invited, admins)
   WHERE statistics.team_id = change.team_id;
END $$;

-- TG_ARGV: 1 for rows that come, -1 for rows that go.
CREATE FUNCTION team_members_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign integer := TG_ARGV[0];
BEGIN
  PERFORM team_statistics_add(array_agg(team_id), array_agg(active), array_agg(invited), array_agg(0))
     FROM (SELECT changed.team_id, sign * count(*) FILTER (WHERE status = 'active')::integer AS active,
                  sign * count(*) FILTER (WHERE status = 'invited')::integer AS invited
             FROM changed JOIN memberships ON memberships.id = changed.membership_id
            GROUP BY changed.team_id) AS teams
   HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE FUNCTION team_admins_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign integer := TG_ARGV[0];
BEGIN
  PERFORM team_statistics_add(array_agg(team_id), array_agg(0), array_agg(0), array_agg(admins))
     FROM (SELECT changed.team_id, sign * count(*)::integer AS admins
             FROM changed JOIN memberships ON memberships.id = changed.membership_id
            WHERE status <> 'inactive' GROUP BY changed.team_id) AS teams
   HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE TRIGGER counted_in AFTER INSERT ON team_members
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_members_counted('1');
CREATE TRIGGER counted_out AFTER DELETE ON team_members
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_members_counted('-1');
CREATE TRIGGER counted_in AFTER INSERT ON team_admins
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_admins_counted('1');
CREATE TRIGGER counted_out AFTER DELETE ON team_admins
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_admins_counted('-1');

-- A membership that changes its status is counted anew in its teams.
CREATE FUNCTION membership_status_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM team_statistics_add(array_agg(team_id), array_agg(active), array_agg(invited), array_agg(admins))
     FROM (SELECT team_id, sum(active)::integer AS active, sum(invited)::integer AS invited, sum(admins)::integer AS admins
             FROM (SELECT team_members.team_id,
                          (after.status = 'active')::integer - (before.status = 'active')::integer AS active,
                          (after.status = 'invited')::integer - (before.status = 'invited')::integer AS invited,
                          0 AS admins
                     FROM after JOIN before ON before.id = after.id AND before.status <> after.status
                     JOIN team_members ON team_members.membership_id = after.id
                   UNION ALL
                   SELECT team_admins.team_id, 0, 0,
                          (after.status <> 'inactive')::integer - (before.status <> 'inactive')::integer
                     FROM after JOIN before ON before.id = after.id AND before.status <> after.status
                     JOIN team_admins ON team_admins.membership_id = after.id) AS rows
            GROUP BY team_id) AS teams
   HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE TRIGGER counted_in_teams AFTER UPDATE ON memberships
  REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION membership_status_counted();

-- A membership takes its places in teams along before it goes itself, while its status can still be told.
CREATE FUNCTION membership_leaves_teams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM team_members WHERE membership_id = OLD.id;
  DELETE FROM team_admins WHERE membership_id = OLD.id;
  RETURN OLD;
END $$;

CREATE TRIGGER leaves_teams BEFORE DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION membership_leaves_teams();

-- Every membership in the order of its making, for those who see all organizations.
CREATE INDEX memberships_all ON memberships (created_at, id);

-- Each identity provider speaks for one organization only.
ALTER TABLE organizations ADD COLUMN saml_entity_id text CONSTRAINT organizations_saml_entity_key UNIQUE;
