-- The roster of an organization, imported from a file: what each import did, what is kept so that the last one can be undone, and the functions that carry an
-- import out. All of it works on whole sets, in tables that live as long as the transaction.

-- What the organization says of a person's language: an account that is made by the invitation gets it.
ALTER TABLE memberships ADD COLUMN language_code text
  CONSTRAINT memberships_language_code_form CHECK (language_code ~ '^[a-z]{2}$');

CREATE TABLE membership_imports (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  -- Of the uploaded file; null: it came by the command line.
  key text,
  status text NOT NULL
    CONSTRAINT membership_imports_status_known CHECK (status IN ('progressing', 'complete', 'error', 'undone')),
  -- A JSON object, which names lines but nobody.
  report text NOT NULL DEFAULT '{}',
  -- What it changed is known: no other import came after it.
  undoable boolean NOT NULL DEFAULT false,
  -- The clock's time, not the transaction's: imports that follow each other are told in that order.
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz(3),
  CONSTRAINT membership_imports_key_key UNIQUE (organization_id, key),
  CONSTRAINT membership_imports_tenant_key UNIQUE (id, organization_id)
);

CREATE INDEX membership_imports_created_at ON membership_imports (organization_id, created_at DESC, id);
CREATE UNIQUE INDEX membership_imports_undoable ON membership_imports (organization_id) WHERE undoable;

-- The people whom the last import of an organization made or changed, as they were before. It goes with the person.
CREATE TABLE membership_import_changes (
  membership_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  import_id uuid NOT NULL,
  -- Null where the import made the membership.
  status text,
  first_name text,
  last_name text,
  email text,
  job_title text,
  language_code text,
  -- The teams that the person learned in; null where these stayed.
  teams uuid[],
  FOREIGN KEY (membership_id, organization_id) REFERENCES memberships (id, organization_id) ON DELETE CASCADE,
  FOREIGN KEY (import_id, organization_id) REFERENCES membership_imports (id, organization_id) ON DELETE CASCADE
);

CREATE INDEX membership_import_changes_import ON membership_import_changes (import_id);

-- The same of teams that it made, or that it gave another admin.
CREATE TABLE membership_import_teams (
  team_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  import_id uuid NOT NULL,
  made boolean NOT NULL,
  -- Null where these stayed.
  admins uuid[],
  FOREIGN KEY (team_id, organization_id) REFERENCES teams (id, organization_id) ON DELETE CASCADE,
  FOREIGN KEY (import_id, organization_id) REFERENCES membership_imports (id, organization_id) ON DELETE CASCADE
);

CREATE INDEX membership_import_teams_import ON membership_import_teams (import_id);

CALL guard_tenant_table('membership_imports');
CALL guard_tenant_table('membership_import_changes');
CALL guard_tenant_table('membership_import_teams');
CALL audit_table('membership_imports', '{create,update}', 'membership_import', 'id', 'status', NULL);

-- --- Lines ---------------------------------------------------------------------------------------------------------------------------

-- Begins an import: makes the table that the lines of the file are copied into. One organization has one import at a time.
CREATE FUNCTION roster_open(organization uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(7215305, hashtext(organization::text)) THEN
    RAISE EXCEPTION 'Another import of this organization is under way.' USING ERRCODE = 'MU409';
  END IF;
  IF NOT EXISTS (SELECT FROM organizations WHERE id = organization) THEN
    RAISE EXCEPTION 'There is no such organization.' USING ERRCODE = 'MU404';
  END IF;
  CREATE TEMPORARY TABLE roster_lines (
    number integer NOT NULL,
    employee_id text NOT NULL,
    first_name text,
    last_name text,
    email text,
    job_title text,
    team text,
    supervisor text,
    language_code text,
    active boolean,
    -- Whether it is not refused.
    good boolean NOT NULL
  ) ON COMMIT DROP;
  RETURN true;
END $$;

-- Holds what an import changes, in the order in which others hold it too: the organization, its tree of teams.
CREATE FUNCTION roster_hold(organization uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM organizations WHERE id = organization FOR NO KEY UPDATE;
  PERFORM 1 FROM teams WHERE organization_id = organization AND type = 'ORGANIZATION' FOR NO KEY UPDATE;
END $$;

-- Whether anything was imported before: who is absent from the first file stays.
CREATE FUNCTION roster_is_first(organization uuid) RETURNS boolean LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT NOT EXISTS (SELECT FROM membership_imports WHERE organization_id = organization AND status = 'complete');
END;

-- The second line of somebody is refused.
CREATE FUNCTION roster_refuse_twins() RETURNS TABLE (number integer, reason text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  UPDATE roster_lines SET good = false
    FROM (SELECT employee_id, min(number) AS number FROM roster_lines GROUP BY employee_id HAVING count(*) > 1) AS twins
   WHERE roster_lines.employee_id = twins.employee_id AND roster_lines.number > twins.number AND roster_lines.good
  RETURNING roster_lines.number, format('employee_id is that of line %s.', twins.number);
END $$;

-- The team that each spelling of a name stands for. One that there is not yet gets its id here.
CREATE FUNCTION roster_find_teams(organization uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMPORARY TABLE roster_teams ON COMMIT DROP AS
  WITH spelled AS MATERIALIZED (
    SELECT team AS name, lower(team) AS name_key, min(first) AS number FROM roster_groups GROUP BY team
  ), present AS (
    SELECT lower(btrim(name)) AS name_key, array_agg(id) FILTER (WHERE type = 'LEARNER') AS learners
      FROM teams WHERE organization_id = organization AND type <> 'ORGANIZATION' GROUP BY lower(btrim(name))
  ), named AS (
    SELECT spelled.name_key, (array_agg(spelled.name ORDER BY spelled.number))[1] AS first_spelling, gen_random_uuid() AS new_id
      FROM spelled GROUP BY spelled.name_key
  )
  SELECT spelled.name, named.first_spelling, present.name_key IS NULL AS made,
         CASE WHEN present.name_key IS NULL THEN named.new_id ELSE present.learners[1] END AS id,
         CASE WHEN present.name_key IS NULL OR cardinality(present.learners) = 1 THEN NULL
              WHEN present.learners IS NULL THEN 'team is a team of teams, which has no people of its own.'
              ELSE 'team is the name of several teams.' END AS fault
    FROM spelled JOIN named ON named.name_key = spelled.name_key LEFT JOIN present ON present.name_key = spelled.name_key;
  UPDATE roster_groups SET fault = roster_teams.fault
    FROM roster_teams WHERE roster_teams.fault IS NOT NULL AND roster_groups.team = roster_teams.name;
END $$;

-- A supervisor is somebody who is there after the import: by a good line, or already and not about to leave.
CREATE FUNCTION roster_check_supervisors(organization uuid, is_first boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE roster_groups SET fault = 'supervisor is not the employee_id of somebody who is there.'
    FROM (SELECT named.supervisor
            FROM (SELECT supervisor FROM roster_groups WHERE supervisor IS NOT NULL GROUP BY supervisor) AS named
            LEFT JOIN roster_lines AS own ON own.employee_id = named.supervisor
            LEFT JOIN memberships
              ON memberships.organization_id = organization AND memberships.employee_id = named.supervisor AND memberships.status <> 'inactive'
           GROUP BY named.supervisor
          HAVING NOT coalesce(bool_or(own.good AND own.active), false)
             AND NOT (bool_or(memberships.id IS NOT NULL) AND NOT coalesce(bool_or(own.good), false)
                      AND (is_first OR bool_or(own.number IS NOT NULL)))) AS unknown
   WHERE roster_groups.supervisor = unknown.supervisor AND roster_groups.active AND roster_groups.fault IS NULL;
END $$;

-- Judges the lines by what the directory has, and gives those that are refused. Of teams and supervisors there are few, so lines are judged by the groups that
-- have both in common; a line that is refused may have been that of another one's supervisor. `twins`: an employee_id may be there twice.
CREATE FUNCTION roster_judge(organization uuid, twins boolean) RETURNS TABLE (number integer, reason text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM roster_hold(organization);
  IF twins THEN
    RETURN QUERY SELECT number, reason FROM roster_refuse_twins();
  END IF;
  CREATE TEMPORARY TABLE roster_groups ON COMMIT DROP AS
  SELECT team, supervisor, active, min(number) AS first, max(number) AS last, NULL::text AS fault
    FROM roster_lines WHERE good AND team IS NOT NULL GROUP BY team, supervisor, active;
  PERFORM roster_find_teams(organization);
  LOOP
    PERFORM roster_check_supervisors(organization, roster_is_first(organization));
    EXIT WHEN NOT EXISTS (SELECT FROM roster_groups WHERE fault IS NOT NULL);
    RETURN QUERY
    UPDATE roster_lines SET good = false
      FROM roster_groups AS refused
     WHERE refused.fault IS NOT NULL AND roster_lines.good AND roster_lines.team = refused.team AND roster_lines.active = refused.active
       AND roster_lines.supervisor IS NOT DISTINCT FROM refused.supervisor
    RETURNING roster_lines.number, refused.fault;
    DELETE FROM roster_groups WHERE fault IS NOT NULL;
    DELETE FROM roster_teams WHERE NOT EXISTS (SELECT FROM roster_groups WHERE roster_groups.team = roster_teams.name);
  END LOOP;
END $$;

-- --- What is to be done ----------------------------------------------------------------------------------------------------------------

-- Those who join, change or leave, as they are (old_…, null where they join) and as they will be. Of a column that the file has not, all stays as it is; the teams of
-- somebody who is inactive wait for a return. A person in several teams comes once for each of them, since one of these is not that of the line.
CREATE FUNCTION roster_compare(organization uuid, has_email boolean, has_job_title boolean, has_team boolean, has_language boolean) RETURNS void
  LANGUAGE plpgsql AS $$
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
           has_team AND line.number IS NOT NULL AND (line.active OR member.id IS NULL) AND place.team_id IS DISTINCT FROM roster_teams.id AS places_change
      FROM roster_lines AS line
      FULL JOIN (SELECT * FROM memberships WHERE organization_id = organization AND employee_id IS NOT NULL) AS member
             ON member.employee_id = line.employee_id
      LEFT JOIN (SELECT team_members.membership_id, team_members.team_id
                   FROM teams JOIN team_members ON team_members.team_id = teams.id
                  WHERE has_team AND teams.organization_id = organization AND teams.type = 'LEARNER') AS place
             ON place.membership_id = member.id
      LEFT JOIN roster_teams ON roster_teams.name = line.team
     WHERE line.good OR (line.number IS NULL AND NOT is_first AND member.status <> 'inactive')
  )
  SELECT DISTINCT ON (number, old_id) coalesce(old_id, gen_random_uuid()) AS membership_id, compared.*,
         CASE WHEN places_change
              THEN ARRAY(SELECT team_members.team_id FROM team_members JOIN teams ON teams.id = team_members.team_id AND teams.type = 'LEARNER'
                          WHERE team_members.membership_id = old_id) END AS old_teams,
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

-- The same, and how much of it there is: `touched` lines make a difference; `absent` of those who leave are not in the file, of `present` people who could be.
CREATE FUNCTION roster_plan(organization uuid, has_email boolean, has_job_title boolean, has_team boolean, has_language boolean)
RETURNS TABLE (joined bigint, changed bigint, returned bigint, gone bigint, absent bigint, present bigint, touched bigint, teams_made bigint)
  LANGUAGE plpgsql AS $$
BEGIN
  PERFORM roster_compare(organization, has_email, has_job_title, has_team, has_language);
  RETURN QUERY
  SELECT count(*) FILTER (WHERE kind = 'join'), count(*) FILTER (WHERE kind = 'change'), count(*) FILTER (WHERE kind = 'return'),
         count(*) FILTER (WHERE kind = 'leave'), count(*) FILTER (WHERE kind = 'leave' AND number IS NULL),
         CASE WHEN count(*) FILTER (WHERE kind = 'leave' AND number IS NULL) > 0
              THEN (SELECT count(*) FROM memberships
                     WHERE organization_id = organization AND employee_id IS NOT NULL AND memberships.status <> 'inactive')
              ELSE 0 END,
         count(number), (SELECT count(DISTINCT id) FROM roster_teams WHERE made)
    FROM roster_work;
END $$;

-- The first of each kind, for those who want to see what would be done.
CREATE FUNCTION roster_differences(at_most bigint)
RETURNS TABLE (kind text, number integer, employee_id text, first_name text, last_name text, fields text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT kind, number, employee_id, first_name, last_name,
         CASE WHEN kind = 'change'
              THEN concat_ws(',', CASE WHEN first_name <> old_first_name THEN 'first_name' END,
                             CASE WHEN last_name <> old_last_name THEN 'last_name' END,
                             CASE WHEN email IS DISTINCT FROM old_email THEN 'email' END,
                             CASE WHEN job_title IS DISTINCT FROM old_job_title THEN 'job_title' END,
                             CASE WHEN language_code IS DISTINCT FROM old_language_code THEN 'language_code' END,
                             CASE WHEN places_change THEN 'team' END) END
    FROM (SELECT *, row_number() OVER (PARTITION BY kind ORDER BY number, employee_id) AS place FROM roster_work) AS work
   WHERE place <= at_most
   ORDER BY array_position(ARRAY['join', 'return', 'change', 'leave'], kind), place;
END $$;

-- --- Doing it --------------------------------------------------------------------------------------------------------------------------

-- Six characters that are told from each other at a glance, from 48 random bits.
CREATE FUNCTION muster_invite_code() RETURNS text LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $$
DECLARE
  letters text := '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
  random text := gen_random_uuid();
  drawn bigint := ('x' || left(random, 8) || substr(random, 10, 4))::bit(48)::bigint;
BEGIN
  RETURN substr(letters, 1 + (drawn % 31)::integer, 1) || substr(letters, 1 + (drawn / 31 % 31)::integer, 1)
      || substr(letters, 1 + (drawn / 961 % 31)::integer, 1) || substr(letters, 1 + (drawn / 29791 % 31)::integer, 1)
      || substr(letters, 1 + (drawn / 923521 % 31)::integer, 1) || substr(letters, 1 + (drawn / 28629151 % 31)::integer, 1);
END $$;

-- Invites members who have no invitation, and renews those that ran out. A code that is taken is drawn again.
CREATE FUNCTION roster_invite(organization uuid, until timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE invitations SET expires_at = until
    FROM roster_work WHERE roster_work.kind = 'return' AND roster_work.status = 'invited'
     AND invitations.membership_id = roster_work.membership_id AND invitations.used_at IS NULL AND invitations.expires_at < until;
  LOOP
    INSERT INTO invitations (membership_id, organization_id, invite_code, expires_at)
    SELECT roster_work.membership_id, organization, muster_invite_code(), until
      FROM roster_work
     WHERE roster_work.kind IN ('join', 'return') AND roster_work.status = 'invited'
       AND NOT EXISTS (SELECT FROM invitations WHERE invitations.membership_id = roster_work.membership_id)
    ON CONFLICT (invite_code) DO NOTHING;
    EXIT WHEN NOT FOUND;
  END LOOP;
END $$;

-- Sessions of people who are active nowhere any more.
CREATE FUNCTION roster_end_sessions(people uuid[]) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  DELETE FROM sessions USING users
   WHERE users.id = ANY (people) AND users.active_organization_ids = '{}' AND sessions.user_id = users.id;
END;

-- Accounts follow what the organization says of their language.
CREATE FUNCTION roster_tell_languages(people uuid[]) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  UPDATE users SET language_code = memberships.language_code, updated_at = now()
    FROM memberships
   WHERE memberships.id = ANY (people) AND users.id = memberships.user_id AND users.language_code <> memberships.language_code;
END;

CREATE FUNCTION roster_write_people(organization uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM memberships WHERE id IN (SELECT membership_id FROM roster_work WHERE kind <> 'join') ORDER BY id FOR NO KEY UPDATE;
  INSERT INTO memberships (id, organization_id, employee_id, first_name, last_name, email, job_title, language_code, status, invited_at)
  SELECT membership_id, organization, employee_id, first_name, last_name, email, job_title, language_code, status,
         CASE status WHEN 'invited' THEN now() END
    FROM roster_work WHERE kind = 'join' ORDER BY number;
  UPDATE memberships
     SET status = work.status, first_name = work.first_name, last_name = work.last_name, email = work.email, job_title = work.job_title,
         language_code = work.language_code, updated_at = now(),
         invited_at = CASE WHEN work.status = 'invited' THEN coalesce(memberships.invited_at, now()) ELSE memberships.invited_at END
    FROM roster_work AS work
   WHERE memberships.id = work.membership_id AND work.kind <> 'join'
     AND ((work.status, work.first_name, work.last_name) <> (work.old_status, work.old_first_name, work.old_last_name)
          OR work.email IS DISTINCT FROM work.old_email OR work.job_title IS DISTINCT FROM work.old_job_title
          OR work.language_code IS DISTINCT FROM work.old_language_code);
END $$;

CREATE FUNCTION roster_write_places(organization uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM team_members USING roster_work AS work
   WHERE work.places_change AND work.old_teams <> '{}' AND team_members.membership_id = work.membership_id
     AND team_members.team_id = ANY (work.old_teams) AND team_members.team_id IS DISTINCT FROM work.team_id;
  INSERT INTO team_members (team_id, membership_id, organization_id)
  SELECT team_id, membership_id, organization
    FROM roster_work
   WHERE places_change AND team_id IS NOT NULL AND team_id <> ALL (old_teams)
   ORDER BY number;
END $$;

-- The supervisor that a team's last line names becomes its admin, and the only one.
CREATE FUNCTION roster_write_admins(organization uuid, import uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMPORARY TABLE roster_admins ON COMMIT DROP AS
  WITH last_lines AS (
    SELECT DISTINCT ON (roster_teams.id) roster_teams.id AS team_id, roster_groups.supervisor
      FROM roster_groups JOIN roster_teams ON roster_teams.name = roster_groups.team
     WHERE roster_groups.active AND roster_groups.supervisor IS NOT NULL
     ORDER BY roster_teams.id, roster_groups.last DESC
  ), present AS (
    SELECT team_admins.team_id, array_agg(team_admins.membership_id) AS admins
      FROM last_lines JOIN team_admins ON team_admins.team_id = last_lines.team_id GROUP BY team_admins.team_id
  )
  SELECT last_lines.team_id, memberships.id AS membership_id, coalesce(present.admins, '{}') AS old_admins
    FROM last_lines
    JOIN memberships ON memberships.organization_id = organization AND memberships.employee_id = last_lines.supervisor
    LEFT JOIN present ON present.team_id = last_lines.team_id
   WHERE present.admins IS DISTINCT FROM ARRAY[memberships.id];
  INSERT INTO membership_import_teams (team_id, organization_id, import_id, made, admins)
  SELECT team_id, organization, import, false, old_admins FROM roster_admins
  ON CONFLICT (team_id) DO UPDATE SET admins = excluded.admins;
  DELETE FROM team_admins USING roster_admins
   WHERE team_admins.team_id = roster_admins.team_id AND team_admins.membership_id <> roster_admins.membership_id;
  INSERT INTO team_admins (team_id, membership_id, organization_id)
  SELECT team_id, membership_id, organization FROM roster_admins WHERE membership_id <> ALL (old_admins) ORDER BY team_id;
END $$;

-- What the import is undone by. Of the one before no more is known.
CREATE FUNCTION roster_keep(organization uuid, import uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM membership_import_changes WHERE organization_id = organization;
  DELETE FROM membership_import_teams WHERE organization_id = organization;
  INSERT INTO membership_import_changes (membership_id, organization_id, import_id, status, first_name, last_name, email, job_title, language_code, teams)
  SELECT membership_id, organization, import, old_status, old_first_name, old_last_name, old_email, old_job_title, old_language_code,
         old_teams
    FROM roster_work;
END $$;

-- Does what roster_plan() found, as the import of this id.
CREATE FUNCTION roster_apply(organization uuid, import uuid, invitations_until timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO teams (id, organization_id, parent_id, name, type)
  SELECT DISTINCT roster_teams.id, organization, root.id, roster_teams.first_spelling, 'LEARNER'
    FROM roster_teams JOIN teams AS root ON root.organization_id = organization AND root.type = 'ORGANIZATION'
   WHERE roster_teams.made;
  PERFORM roster_write_people(organization);
  PERFORM roster_invite(organization, invitations_until);
  PERFORM roster_write_places(organization);
  PERFORM roster_keep(organization, import);
  INSERT INTO membership_import_teams (team_id, organization_id, import_id, made)
  SELECT DISTINCT id, organization, import, true FROM roster_teams WHERE made;
  PERFORM roster_write_admins(organization, import);
  PERFORM roster_end_sessions(array_agg(user_id)) FROM roster_work WHERE kind = 'leave' AND user_id IS NOT NULL HAVING count(*) > 0;
  PERFORM roster_tell_languages(array_agg(membership_id)) FROM roster_work
    WHERE kind <> 'join' AND user_id IS NOT NULL AND language_code IS DISTINCT FROM old_language_code HAVING count(*) > 0;
  RETURN true;
END $$;

-- --- Undoing it ------------------------------------------------------------------------------------------------------------------------

-- People get back what they had. Whom the import made and who joined since becomes inactive; who did not is gone.
CREATE FUNCTION roster_undo_people(organization uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM memberships WHERE id IN (SELECT membership_id FROM membership_import_changes WHERE organization_id = organization)
    ORDER BY id FOR UPDATE;
  UPDATE memberships
     SET status = CASE WHEN changes.status IS NULL THEN 'inactive'
                       WHEN changes.status = 'invited' AND memberships.user_id IS NOT NULL THEN 'active' ELSE changes.status END,
         first_name = coalesce(changes.first_name, memberships.first_name), last_name = coalesce(changes.last_name, memberships.last_name),
         email = CASE WHEN changes.status IS NULL THEN memberships.email ELSE changes.email END,
         job_title = CASE WHEN changes.status IS NULL THEN memberships.job_title ELSE changes.job_title END,
         language_code = CASE WHEN changes.status IS NULL THEN memberships.language_code ELSE changes.language_code END,
         updated_at = now()
    FROM membership_import_changes AS changes
   WHERE changes.organization_id = organization AND memberships.id = changes.membership_id
     AND (changes.status IS NOT NULL OR memberships.user_id IS NOT NULL);
END $$;

CREATE FUNCTION roster_undo_places(organization uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM team_members USING membership_import_changes AS changes, teams
   WHERE changes.organization_id = organization AND changes.status IS NOT NULL AND team_members.membership_id = changes.membership_id
     AND teams.id = team_members.team_id AND teams.type = 'LEARNER' AND team_members.team_id <> ALL (changes.teams);
  INSERT INTO team_members (team_id, membership_id, organization_id)
  SELECT teams.id, changes.membership_id, organization
    FROM membership_import_changes AS changes CROSS JOIN unnest(changes.teams) AS place (team_id)
    JOIN teams ON teams.id = place.team_id AND teams.type = 'LEARNER'
   WHERE changes.organization_id = organization AND changes.status IS NOT NULL
  ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION roster_undo_admins(organization uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM team_admins USING membership_import_teams AS changes
   WHERE changes.organization_id = organization AND team_admins.team_id = changes.team_id
     AND team_admins.membership_id <> ALL (changes.admins);
  INSERT INTO team_admins (team_id, membership_id, organization_id)
  SELECT changes.team_id, memberships.id, organization
    FROM membership_import_teams AS changes CROSS JOIN unnest(changes.admins) AS place (membership_id)
    JOIN memberships ON memberships.id = place.membership_id
   WHERE changes.organization_id = organization
  ON CONFLICT DO NOTHING;
END $$;

-- Teams that the import made go where nothing came into them since.
CREATE FUNCTION roster_undo_teams(organization uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM teams
   WHERE id IN (SELECT team_id FROM membership_import_teams WHERE organization_id = organization AND made)
     AND NOT EXISTS (SELECT FROM team_members WHERE team_members.team_id = teams.id)
     AND NOT EXISTS (SELECT FROM team_admins WHERE team_admins.team_id = teams.id)
     AND NOT EXISTS (SELECT FROM refinements WHERE refinements.team_id = teams.id)
     AND NOT EXISTS (SELECT FROM teams AS below WHERE below.parent_id = teams.id);
END $$;

-- Undoes the last import; no row where there is none that can be undone.
CREATE FUNCTION roster_undo(organization uuid) RETURNS TABLE (id uuid, people bigint) LANGUAGE plpgsql AS $$
DECLARE
  import uuid;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7215305, hashtext(organization::text)) THEN
    RAISE EXCEPTION 'Another import of this organization is under way.' USING ERRCODE = 'MU409';
  END IF;
  SELECT imports.id INTO import FROM membership_imports AS imports WHERE imports.organization_id = organization AND imports.undoable;
  IF import IS NULL THEN
    RETURN;
  END IF;
  PERFORM roster_hold(organization);
  PERFORM roster_undo_people(organization);
  PERFORM roster_undo_places(organization);
  PERFORM roster_undo_admins(organization);
  PERFORM roster_end_sessions(array_agg(memberships.user_id))
     FROM membership_import_changes AS changes JOIN memberships ON memberships.id = changes.membership_id
    WHERE changes.organization_id = organization AND memberships.user_id IS NOT NULL AND memberships.status = 'inactive'
   HAVING count(*) > 0;
  people := (SELECT count(*) FROM membership_import_changes WHERE organization_id = organization);
  DELETE FROM memberships USING membership_import_changes AS changes
   WHERE changes.organization_id = organization AND changes.status IS NULL AND memberships.id = changes.membership_id
     AND memberships.user_id IS NULL;
  PERFORM roster_undo_teams(organization);
  DELETE FROM membership_import_changes WHERE organization_id = organization;
  DELETE FROM membership_import_teams WHERE organization_id = organization;
  UPDATE membership_imports SET status = 'undone', undoable = false WHERE membership_imports.id = import;
  id := import;
  RETURN NEXT;
END $$;

-- Connections of the program expect few rows everywhere, and keep their plans; here there may be a million, and each import has its own number of them. Only the checks
-- of references, of which there is one for each row, must not be planned anew each time: hence auto.
DO $$
DECLARE
  function regprocedure;
BEGIN
  FOR function IN SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'roster\_%' AND pronamespace = current_schema()::regnamespace AND prolang <> 14 LOOP
    EXECUTE format('ALTER FUNCTION %s SET enable_hashjoin = on SET enable_memoize = on
                    SET plan_cache_mode = auto SET jit = off SET work_mem = ''64MB''', function);
  END LOOP;
END $$;
