-- Thousands of memberships come and go in one statement. What leaves marks for the scores then does so once for all of them, not for each, and nobody looks
-- for places in teams where a statement before has taken all of them.

CREATE FUNCTION memberships_scored_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO membership_absences (organization_id, membership_id, since)
  SELECT organization_id, id, created_at FROM after WHERE status = 'inactive';
  INSERT INTO score_marks (organization_id, kind, contributor)
  SELECT organization_id, 'learner', id FROM after WHERE active_from IS NOT NULL OR status = 'inactive';
  RETURN NULL;
END $$;

CREATE FUNCTION memberships_scored_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO score_marks (organization_id, kind, contributor) SELECT organization_id, 'learner', id FROM before;
  RETURN NULL;
END $$;

-- Of one whose status or beginning changes.
CREATE OR REPLACE FUNCTION membership_scored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status = 'inactive' THEN
    INSERT INTO membership_absences (organization_id, membership_id, since)
    SELECT NEW.organization_id, NEW.id, now()
     WHERE NOT EXISTS (SELECT FROM membership_absences WHERE membership_id = NEW.id AND until IS NULL);
  ELSE
    UPDATE membership_absences SET until = now() WHERE membership_id = NEW.id AND until IS NULL;
  END IF;
  INSERT INTO score_marks (organization_id, kind, contributor) VALUES (NEW.organization_id, 'learner', NEW.id);
  RETURN NULL;
END $$;

DROP TRIGGER score_in ON memberships;
DROP TRIGGER score_out ON memberships;
CREATE TRIGGER score_in AFTER INSERT ON memberships
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION memberships_scored_in();
CREATE TRIGGER score_out AFTER DELETE ON memberships
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION memberships_scored_out();

-- Whoever sets muster.places_taken for a transaction has locked the memberships that it deletes and taken their places in teams.
DROP TRIGGER leaves_teams ON memberships;
CREATE TRIGGER leaves_teams BEFORE DELETE ON memberships FOR EACH ROW
  WHEN (current_setting('muster.places_taken', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION membership_leaves_teams();

-- Where people belong follows from memberships, whose changes have events of their own: the general function of the audit log would turn each whole row into JSON
-- to find that out.
CREATE OR REPLACE FUNCTION users_belong(people uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM 1 FROM users WHERE id = ANY (people) ORDER BY id FOR NO KEY UPDATE;
  PERFORM set_config('muster.belonging', 'on', true);
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
  PERFORM set_config('muster.belonging', '', true);
END $$;

DO $$ BEGIN EXECUTE format('ALTER FUNCTION users_belong SET search_path = %I, pg_temp', current_schema()); END $$;

DROP TRIGGER audit_update ON users;
CREATE TRIGGER audit_update AFTER UPDATE ON users REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT
  WHEN (current_setting('muster.belonging', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION audit_updated('user', 'id', 'provider,language_code,worklete_employee,enabled,sign_in_count');

-- --- Comparing a roster --------------------------------------------------------------------------------------------------------------

-- A file that changes nothing is compared in full each time. Places in teams are paired with what is known of a member before the lines are, so that no long row
-- is kept for it.

-- Those who join, change or leave, as they are (old_…, null where they join) and as they will be. Of a column that the file has not, all stays as it is; the teams of
-- somebody who is inactive wait for a return. A person in several teams comes once for each of them, since one of these is not that of the line.
CREATE OR REPLACE FUNCTION roster_compare(organization uuid, has_email boolean, has_job_title boolean, has_team boolean, has_language boolean) RETURNS void
  LANGUAGE plpgsql SET enable_hashjoin = on SET enable_memoize = on SET plan_cache_mode = auto SET jit = off SET work_mem = '64MB' AS $$
DECLARE
  is_first boolean := roster_is_first(organization);
BEGIN
  CREATE TEMPORARY TABLE roster_work ON COMMIT DROP AS
  WITH compared AS (
    SELECT line.number, coalesce(line.employee_id, member.employee_id) AS employee_id, member.id AS old_id, member.user_id, member.status AS old_status,
           member.first_name AS old_first_name, member.last_name AS old_last_name, member.email AS old_email, member.job_title AS old_job_title,
           member.language_code AS old_language_code,
           CASE WHEN line.active IS NOT TRUE THEN 'inactive' WHEN member.status <> 'inactive' THEN member.status
                WHEN member.user_id IS NOT NULL THEN 'active' ELSE 'invited' END AS status,
           coalesce(line.first_name, member.first_name) AS first_name, coalesce(line.last_name, member.last_name) AS last_name,
           CASE WHEN has_email AND line.number IS NOT NULL THEN line.email ELSE member.email END AS email,
           CASE WHEN has_job_title AND line.number IS NOT NULL THEN line.job_title ELSE member.job_title END AS job_title,
           CASE WHEN has_language AND line.number IS NOT NULL THEN line.language_code ELSE member.language_code END AS language_code,
           roster_teams.id AS team_id,
           has_team AND line.number IS NOT NULL AND (line.active OR member.id IS NULL) AND member.team_id IS DISTINCT FROM roster_teams.id AS places_change
      FROM roster_lines AS line
      FULL JOIN (SELECT memberships.id, user_id, memberships.employee_id, status, first_name, last_name, email, job_title, language_code, place.team_id
                   FROM memberships
                   LEFT JOIN (SELECT team_members.membership_id, team_members.team_id
                                FROM teams JOIN team_members ON team_members.team_id = teams.id
                               WHERE has_team AND teams.organization_id = organization AND teams.type = 'LEARNER' OFFSET 0) AS place
                          ON place.membership_id = memberships.id
                  WHERE memberships.organization_id = organization AND memberships.employee_id IS NOT NULL) AS member
             ON member.employee_id = line.employee_id
      LEFT JOIN roster_teams ON roster_teams.name = line.team
     WHERE line.good OR (line.number IS NULL AND NOT is_first AND member.status <> 'inactive')
  )
  SELECT DISTINCT ON (number, old_id) coalesce(old_id, gen_random_uuid()) AS membership_id, compared.*,
         CASE WHEN places_change
              THEN CASE WHEN old_id IS NULL THEN '{}'::uuid[]
                   ELSE ARRAY(SELECT place.team_id
                                FROM (SELECT team_id FROM team_members WHERE membership_id = old_id OFFSET 0) AS place
                               WHERE (SELECT type FROM teams WHERE id = place.team_id) = 'LEARNER') END END AS old_teams,
         CASE WHEN old_id IS NULL THEN 'join'
              WHEN status = 'inactive' AND old_status <> 'inactive' THEN 'leave'
              WHEN status <> 'inactive' AND old_status = 'inactive' THEN 'return'
              ELSE 'change' END AS kind
    FROM compared
   WHERE old_id IS NULL OR places_change
      OR status <> old_status OR first_name <> old_first_name OR last_name <> old_last_name
      OR email IS DISTINCT FROM old_email OR job_title IS DISTINCT FROM old_job_title
      OR language_code IS DISTINCT FROM old_language_code
   ORDER BY number, old_id, places_change DESC;
END $$;
