-- One order in which counts are locked, so that two transactions never wait for each other: memberships, then organizations, then teams, each kind by
-- its ids. Triggers fire in the order of their names, so that whoever changes both counts the organization first.

CREATE FUNCTION organization_statistics_lock(organizations uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM organization_statistics WHERE organization_id = ANY (organizations) ORDER BY organization_id FOR NO KEY UPDATE;
END $$;

-- Adds changes to organizations' counts.
CREATE FUNCTION organization_statistics_add(organizations uuid[], memberships integer[], members integer[], people integer[], teams integer[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM organization_statistics_lock(organizations);
  UPDATE organization_statistics AS statistics
     SET memberships_count = statistics.memberships_count + change.memberships,
         members_count = statistics.members_count + change.members,
         people_count = statistics.people_count + change.people,
         teams_count = statistics.teams_count + change.teams
    FROM unnest(organizations, memberships, members, people, teams) AS change (organization_id, memberships, members, people, teams)
   WHERE statistics.organization_id = change.organization_id;
END $$;

DROP TRIGGER counted_change ON memberships;
DROP TRIGGER counted_in ON memberships;
DROP TRIGGER counted_out ON memberships;
DROP TRIGGER counted_in ON teams;
DROP TRIGGER counted_out ON teams;
DROP FUNCTION memberships_counted();
DROP FUNCTION memberships_counted_in();
DROP FUNCTION memberships_counted_out();
DROP FUNCTION teams_counted_in();
DROP FUNCTION teams_counted_out();

-- TG_ARGV of the functions below: 1 for rows that come, -1 for rows that go.
CREATE FUNCTION memberships_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign integer := TG_ARGV[0];
BEGIN
  PERFORM organization_statistics_add(array_agg(organization_id), array_agg(memberships), array_agg(members), array_agg(people), array_agg(0))
     FROM (SELECT organization_id, sign * count(*)::integer AS memberships,
                  sign * count(*) FILTER (WHERE status <> 'inactive')::integer AS members, sign * count(user_id)::integer AS people
             FROM changed GROUP BY organization_id) AS organizations
   HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE TRIGGER counted_in AFTER INSERT ON memberships
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION memberships_counted('1');
CREATE TRIGGER counted_out AFTER DELETE ON memberships
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION memberships_counted('-1');

CREATE FUNCTION memberships_counted_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM organization_statistics_add(array_agg(organization_id), array_agg(0), array_agg(members), array_agg(people), array_agg(0))
     FROM (SELECT organization_id, coalesce(sum(sign) FILTER (WHERE status <> 'inactive'), 0)::integer AS members,
                  coalesce(sum(sign) FILTER (WHERE user_id IS NOT NULL), 0)::integer AS people
             FROM (SELECT 1 AS sign, organization_id, status, user_id FROM after
                   UNION ALL
                   SELECT -1, organization_id, status, user_id FROM before) AS rows
            GROUP BY organization_id) AS summed
    WHERE members <> 0 OR people <> 0
   HAVING count(*) > 0;
  RETURN NULL;
END $$;

-- The name stands before those of the triggers that count in teams.
CREATE TRIGGER counted AFTER UPDATE ON memberships
  REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION memberships_counted_anew();

CREATE FUNCTION teams_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign integer := TG_ARGV[0];
BEGIN
  PERFORM organization_statistics_add(array_agg(organization_id), array_agg(0), array_agg(0), array_agg(0), array_agg(teams))
     FROM (SELECT organization_id, sign * count(*)::integer AS teams
             FROM changed WHERE type <> 'ORGANIZATION' GROUP BY organization_id) AS organizations
   HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE TRIGGER counted_in AFTER INSERT ON teams
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION teams_counted('1');
CREATE TRIGGER counted_out AFTER DELETE ON teams
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION teams_counted('-1');

-- Before people are counted in teams or out of them: their statuses stay as they are counted, and their organization is locked first.
CREATE FUNCTION team_people_locked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM memberships WHERE id IN (SELECT membership_id FROM changed) ORDER BY id FOR SHARE;
  PERFORM organization_statistics_lock(ARRAY(SELECT organization_id FROM changed));
  RETURN NULL;
END $$;

CREATE TRIGGER before_counting_in AFTER INSERT ON team_members
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_people_locked();
CREATE TRIGGER before_counting_out AFTER DELETE ON team_members
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_people_locked();
CREATE TRIGGER before_counting_in AFTER INSERT ON team_admins
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_people_locked();
CREATE TRIGGER before_counting_out AFTER DELETE ON team_admins
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_people_locked();

-- The same before a team goes: what refers to it goes in an order of its own.
CREATE FUNCTION team_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM memberships
    WHERE id IN (SELECT membership_id FROM team_members WHERE team_id = OLD.id
                 UNION SELECT membership_id FROM team_admins WHERE team_id = OLD.id)
    ORDER BY id FOR SHARE;
  PERFORM organization_statistics_lock(ARRAY[OLD.organization_id]);
  RETURN OLD;
END $$;

CREATE TRIGGER before_counting_out BEFORE DELETE ON teams FOR EACH ROW EXECUTE FUNCTION team_goes();
