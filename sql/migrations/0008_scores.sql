-- What each member learns and when, what teams practise, and the scores that follow from both.

-- --- What is learned -----------------------------------------------------------------------------------------------------------------

CREATE TABLE assignments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- Small and ascending, so that the events of what is learned now lie together in their index.
  number bigint GENERATED ALWAYS AS IDENTITY,
  organization_id uuid NOT NULL,
  membership_id uuid NOT NULL,
  course_id uuid NOT NULL,
  -- The one that was published when the assignment was made; the learner keeps it.
  course_version_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'not_started'
    CONSTRAINT assignments_status_known CHECK (status IN ('not_started', 'in_progress', 'completed')),
  -- A JSON object as the player wrote it.
  progress text NOT NULL DEFAULT '{}',
  assigned_at timestamptz(3) NOT NULL DEFAULT now(),
  due_on date NOT NULL,
  started_at timestamptz(3),
  completed_at timestamptz(3),
  -- Which event the progress is from: the greatest by these three, in whatever order events arrive.
  latest_at timestamptz(3),
  latest_session uuid,
  latest_digest bytea,
  CONSTRAINT assignments_course_key UNIQUE (membership_id, course_id),
  CONSTRAINT assignments_tenant_key UNIQUE (number, organization_id),
  CONSTRAINT assignments_completed_once CHECK ((status = 'completed') = (completed_at IS NOT NULL)),
  FOREIGN KEY (membership_id, organization_id) REFERENCES memberships (id, organization_id) ON DELETE CASCADE,
  FOREIGN KEY (course_version_id, course_id) REFERENCES course_versions (id, course_id)
) WITH (fillfactor = 80);

-- Every event of every player, for good: an assignment's state can be told from its events alone. The key begins with the client's time, which
-- is mostly now, and the index by assignment is in the order in which assignments are made: both are written at a few pages near their ends,
-- which stay in memory however large the table grows.
CREATE TABLE player_events (
  client_time bigint NOT NULL, -- milliseconds since 1970, as the client told it
  assignment bigint NOT NULL,
  organization_id uuid NOT NULL,
  session_id uuid NOT NULL,
  -- When it arrived; the event counts as of the client's time, or as of then where that is earlier.
  arrived_at timestamptz(3) NOT NULL DEFAULT now(),
  completes boolean NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 16), -- of the progress
  progress text NOT NULL,
  CONSTRAINT player_events_key PRIMARY KEY (client_time, assignment, session_id, completes, digest),
  FOREIGN KEY (assignment, organization_id) REFERENCES assignments (number, organization_id) ON DELETE CASCADE
);

CREATE INDEX player_events_assignment ON player_events (assignment);

CREATE FUNCTION player_events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'player_events is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

-- Events go with their assignment only, when a person is erased.
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON player_events
  FOR EACH STATEMENT EXECUTE FUNCTION player_events_stay();

-- --- What is practised ---------------------------------------------------------------------------------------------------------------

CREATE TABLE refinements (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  team_id uuid NOT NULL,
  course_id uuid CONSTRAINT refinements_course_id_fkey REFERENCES courses,
  title text CONSTRAINT refinements_title_length CHECK (char_length(title) <= 200),
  description text,
  starts_on date NOT NULL,
  ends_on date NOT NULL,
  status text NOT NULL DEFAULT 'planned' CONSTRAINT refinements_status_known CHECK (status IN ('planned', 'done', 'cancelled')),
  completed_at timestamptz(3),
  -- A JSON object as it was written.
  extra text NOT NULL DEFAULT '{}',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT refinements_dates_in_order CHECK (starts_on <= ends_on),
  FOREIGN KEY (team_id, organization_id) REFERENCES teams (id, organization_id) ON DELETE CASCADE
);

CREATE INDEX refinements_created_at ON refinements (team_id, created_at, id);
CREATE INDEX refinements_course ON refinements (course_id) WHERE course_id IS NOT NULL;

-- --- Who was where, and when ---------------------------------------------------------------------------------------------------------

-- A member counts for the teams that it was in during a month, whatever came later. Of one member in one team at most one row ends in a month.
CREATE TABLE team_stays (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL,
  team_id uuid NOT NULL,
  membership_id uuid NOT NULL,
  since timestamptz(3) NOT NULL,
  until timestamptz(3), -- null: still there
  FOREIGN KEY (membership_id, organization_id) REFERENCES memberships (id, organization_id) ON DELETE CASCADE,
  FOREIGN KEY (team_id, organization_id) REFERENCES teams (id, organization_id) ON DELETE CASCADE
);

CREATE INDEX team_stays_membership ON team_stays (membership_id, team_id);
CREATE INDEX team_stays_team ON team_stays (team_id);

-- When a membership was inactive: at the end of such a month it does not count.
CREATE TABLE membership_absences (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL,
  membership_id uuid NOT NULL,
  since timestamptz(3) NOT NULL,
  until timestamptz(3), -- null: still away
  FOREIGN KEY (membership_id, organization_id) REFERENCES memberships (id, organization_id) ON DELETE CASCADE
);

CREATE INDEX membership_absences_membership ON membership_absences (membership_id);

-- Since when the person learns here, where that was before joining: told by history that comes from another system.
ALTER TABLE memberships ADD COLUMN learning_since timestamptz(3);

-- --- What follows --------------------------------------------------------------------------------------------------------------------

-- Months are counted from the year 0, in UTC.
CREATE FUNCTION muster_month(day date) RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN extract(year FROM day)::integer * 12 + extract(month FROM day)::integer - 1;

CREATE FUNCTION muster_month(at timestamptz) RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN muster_month((at AT TIME ZONE 'UTC')::date);

CREATE FUNCTION muster_month_name(month integer) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN lpad((month / 12)::text, 4, '0') || '-' || lpad((month % 12 + 1)::text, 2, '0');

-- The two halves of a rounded score, 70 of 100 for learning and 30 for practice; where one of them has nothing due the other counts fully. Whole
-- numbers, so that nothing is lost before the half is rounded up.
CREATE FUNCTION muster_score(due bigint, completed bigint, planned bigint, done bigint) RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN due > 0 AND planned > 0
              THEN (2 * (70 * completed * planned + 30 * done * due) + due * planned) / (2 * due * planned)
              WHEN due > 0 THEN (200 * completed + due) / (2 * due)
              WHEN planned > 0 THEN (200 * done + planned) / (2 * planned) END;

-- What one learner, or one team by its own refinements, has added to the months of teams: so that exactly this can be taken back. The arrays of
-- each of the two groups belong together.
CREATE TABLE score_contributions (
  contributor uuid PRIMARY KEY, -- a membership or a team; no reference, since it outlives both until it is taken back
  organization_id uuid NOT NULL,
  teams uuid[] NOT NULL,
  ranges int4multirange[] NOT NULL, -- the months in which it counts for each of the teams
  months integer[] NOT NULL,
  due integer[] NOT NULL,
  completed integer[] NOT NULL,
  planned integer[] NOT NULL,
  done integer[] NOT NULL
);

CREATE INDEX score_contributions_organization ON score_contributions (organization_id);

-- The sums of a team with all teams below it. These tables are written by scores_refresh() only, under its lock; without references, so that it
-- waits for nobody else and nobody for it.
CREATE TABLE team_months (
  team_id uuid NOT NULL,
  month integer NOT NULL,
  organization_id uuid NOT NULL,
  learners_change integer NOT NULL, -- how many more learners there are than in the month before
  due integer NOT NULL,
  completed integer NOT NULL,
  planned integer NOT NULL,
  done integer NOT NULL,
  PRIMARY KEY (team_id, month)
) WITH (fillfactor = 70);

CREATE INDEX team_months_organization ON team_months (organization_id);

-- What is told of a team's score, as it is told.
CREATE TABLE team_scores (
  team_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  month integer NOT NULL, -- the last one of the data points
  overall_worklete_score smallint CONSTRAINT team_scores_range CHECK (overall_worklete_score BETWEEN 0 AND 100),
  data_points text NOT NULL -- a JSON array
) WITH (fillfactor = 70);

CREATE INDEX team_scores_organization ON team_scores (organization_id, month);

-- Which state of an organization's teams and scores this is: another after each change of anything that its scoreboard shows.
CREATE TABLE scoreboards (
  organization_id uuid PRIMARY KEY,
  version uuid NOT NULL
);

-- Whose contribution is to be made anew, or (shown) that something else of the scoreboard has changed. Whatever changes a fact leaves a mark in its
-- own transaction, and waits for nobody.
CREATE TABLE score_marks (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT score_marks_kind_known CHECK (kind IN ('learner', 'team', 'shown')),
  contributor uuid NOT NULL
);

CREATE INDEX score_marks_organization ON score_marks (organization_id, contributor);

ALTER TABLE teams DROP COLUMN overall_worklete_score;
DROP TRIGGER audit_create ON teams;
DROP TRIGGER audit_update ON teams;
DROP TRIGGER audit_delete ON teams;
CALL audit_table('teams', '{create,update,delete}', 'team', 'id', 'parent_id,name,type', NULL);

-- What learners contribute by the facts: in which months they count for which teams, and what was due to them in each month. A learner counts
-- for a team in a month when it was in it, or in one below it, at any time of the month, was active from a time before its end, and was not
-- away at its end.
CREATE FUNCTION score_learner_facts(marked_learners uuid[]) RETURNS SETOF score_contributions
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH RECURSIVE stays AS (
    SELECT team_stays.membership_id, team_stays.team_id,
           int4range(muster_month(since), CASE WHEN until IS NOT NULL THEN muster_month(until) + 1 END) AS months
      FROM team_stays WHERE team_stays.membership_id = ANY (marked_learners)
  ), above AS (
    SELECT DISTINCT stays.team_id AS place, stays.team_id FROM stays
    UNION ALL
    SELECT above.place, teams.parent_id FROM above JOIN teams ON teams.id = above.team_id WHERE teams.parent_id IS NOT NULL
  ), counting AS (
    SELECT memberships.id AS membership_id, memberships.organization_id,
           int4multirange(int4range(muster_month(memberships.active_from), NULL))
           - coalesce(range_agg(int4range(muster_month(away.since), muster_month(away.until))) FILTER (WHERE away.id IS NOT NULL),
                      '{}') AS months
      FROM memberships LEFT JOIN membership_absences AS away ON away.membership_id = memberships.id
     WHERE memberships.id = ANY (marked_learners) AND memberships.active_from IS NOT NULL
     GROUP BY memberships.id
  ), places AS (
    SELECT stays.membership_id, above.team_id, range_agg(stays.months) AS months
      FROM stays JOIN above ON above.place = stays.team_id
     GROUP BY stays.membership_id, above.team_id
  ), counted AS (
    SELECT counting.membership_id, counting.organization_id, array_agg(places.team_id) AS teams,
           array_agg(places.months * counting.months) AS ranges
      FROM counting JOIN places ON places.membership_id = counting.membership_id
     WHERE NOT isempty(places.months * counting.months)
     GROUP BY counting.membership_id, counting.organization_id
  ), due AS (
    SELECT assignments.membership_id, muster_month(due_on) AS month, count(*)::integer AS due,
           count(*) FILTER (WHERE muster_month(completed_at) <= muster_month(due_on))::integer AS completed
      FROM assignments WHERE assignments.membership_id = ANY (marked_learners)
     GROUP BY assignments.membership_id, muster_month(due_on)
  )
  SELECT counted.membership_id, counted.organization_id, counted.teams, counted.ranges,
         coalesce(facts.months, '{}'), coalesce(facts.due, '{}'), coalesce(facts.completed, '{}'),
         coalesce(facts.nothing, '{}'), coalesce(facts.nothing, '{}')
    FROM counted
    LEFT JOIN (SELECT due.membership_id, array_agg(month) AS months, array_agg(due.due) AS due,
                      array_agg(due.completed) AS completed, array_agg(0) AS nothing
                 FROM due GROUP BY due.membership_id) AS facts ON facts.membership_id = counted.membership_id;
END;

-- What teams contribute to themselves and to those above them by their own refinements.
CREATE FUNCTION score_team_facts(marked_teams uuid[]) RETURNS SETOF score_contributions
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH RECURSIVE above AS (
    SELECT teams.id AS place, teams.id AS team_id, teams.parent_id, teams.organization_id FROM teams WHERE teams.id = ANY (marked_teams)
    UNION ALL
    SELECT above.place, teams.id, teams.parent_id, above.organization_id FROM above JOIN teams ON teams.id = above.parent_id
  ), practised AS (
    SELECT refinements.team_id, muster_month(ends_on) AS month, count(*) FILTER (WHERE status <> 'cancelled')::integer AS planned,
           count(*) FILTER (WHERE status = 'done')::integer AS done
      FROM refinements WHERE refinements.team_id = ANY (marked_teams)
     GROUP BY refinements.team_id, muster_month(ends_on)
  )
  SELECT places.place, places.organization_id, places.teams, places.ranges, facts.months, facts.nothing, facts.nothing, facts.planned, facts.done
    FROM (SELECT above.place, above.organization_id, array_agg(above.team_id) AS teams,
                 array_agg('{(,)}'::int4multirange) AS ranges
            FROM above GROUP BY above.place, above.organization_id) AS places
    JOIN (SELECT practised.team_id, array_agg(month) AS months, array_agg(0) AS nothing, array_agg(practised.planned) AS planned,
                 array_agg(practised.done) AS done
            FROM practised GROUP BY practised.team_id) AS facts ON facts.team_id = places.place;
END;

-- A contribution as what it adds to each team and month.
CREATE FUNCTION score_parts(contribution score_contributions)
RETURNS TABLE (team_id uuid, month integer, learners integer, due integer, completed integer, planned integer, done integer)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT place.team_id, part.month, part.learners, part.due, part.completed, part.planned, part.done
    FROM unnest(contribution.teams, contribution.ranges) AS place (team_id, months)
    CROSS JOIN LATERAL (
      SELECT lower(months) AS month, 1 AS learners, 0 AS due, 0 AS completed, 0 AS planned, 0 AS done
        FROM unnest(place.months) AS months WHERE NOT lower_inf(months)
      UNION ALL
      SELECT upper(months), -1, 0, 0, 0, 0 FROM unnest(place.months) AS months WHERE NOT upper_inf(months)
      UNION ALL
      SELECT fact.month, 0, fact.due, fact.completed, fact.planned, fact.done
        FROM unnest(contribution.months, contribution.due, contribution.completed, contribution.planned, contribution.done)
             AS fact (month, due, completed, planned, done)
       WHERE place.months @> fact.month
    ) AS part;
END;

-- Makes the contributions of these learners and teams anew, and adds the difference to the teams' months; returns which teams that changed.
CREATE FUNCTION score_contribute(marked_learners uuid[], marked_teams uuid[]) RETURNS uuid[] LANGUAGE plpgsql
  SET enable_hashjoin = on SET enable_mergejoin = on SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  changed uuid[];
BEGIN
  WITH fresh AS MATERIALIZED (
    SELECT * FROM score_learner_facts(marked_learners)
    UNION ALL
    SELECT * FROM score_team_facts(marked_teams)
  ), past AS MATERIALIZED (
    SELECT * FROM score_contributions WHERE contributor = ANY (marked_learners || marked_teams)
  ), parts AS (
    SELECT part.* FROM fresh CROSS JOIN LATERAL score_parts(ROW(fresh.*)::score_contributions) AS part
    UNION ALL
    SELECT part.team_id, part.month, -part.learners, -part.due, -part.completed, -part.planned, -part.done
      FROM past CROSS JOIN LATERAL score_parts(ROW(past.*)::score_contributions) AS part
  ), sums AS (
    SELECT team_id, month, sum(learners) AS learners, sum(due) AS due, sum(completed) AS completed, sum(planned) AS planned,
           sum(done) AS done
      FROM parts GROUP BY team_id, month
  ), kept AS (
    INSERT INTO score_contributions SELECT * FROM fresh
    ON CONFLICT (contributor) DO UPDATE
       SET teams = excluded.teams, ranges = excluded.ranges, months = excluded.months, due = excluded.due,
           completed = excluded.completed, planned = excluded.planned, done = excluded.done
  ), gone AS (
    DELETE FROM score_contributions AS stored USING past
     WHERE stored.contributor = past.contributor AND past.contributor NOT IN (SELECT contributor FROM fresh)
  ), added AS (
    INSERT INTO team_months AS months (team_id, month, organization_id, learners_change, due, completed, planned, done)
    SELECT sums.team_id, sums.month, teams.organization_id, sums.learners, sums.due, sums.completed, sums.planned, sums.done
      FROM sums JOIN teams ON teams.id = sums.team_id
     WHERE (sums.learners, sums.due, sums.completed, sums.planned, sums.done) <> (0, 0, 0, 0, 0)
    ON CONFLICT (team_id, month) DO UPDATE
       SET learners_change = months.learners_change + excluded.learners_change, due = months.due + excluded.due,
           completed = months.completed + excluded.completed, planned = months.planned + excluded.planned,
           done = months.done + excluded.done
    RETURNING team_id
  )
  SELECT coalesce(array_agg(DISTINCT team_id), '{}') INTO changed FROM added;
  RETURN changed;
END $$;

-- Writes what is told of these teams, in the month that is running: twelve data points, this month's the last, and the mean of the last three
-- whole months that have data.
CREATE FUNCTION score_tell(told uuid[]) RETURNS void LANGUAGE plpgsql
  SET enable_hashjoin = on SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  this_month integer := muster_month(now());
  first_month integer := this_month - 11;
BEGIN
  INSERT INTO team_scores (team_id, organization_id, month, overall_worklete_score, data_points)
  SELECT teams.id, teams.organization_id, this_month, series.overall, series.points
    FROM teams
    CROSS JOIN LATERAL (
      SELECT (2 * sum(score) FILTER (WHERE place <= 3) + count(score) FILTER (WHERE place <= 3))
             / nullif(2 * count(score) FILTER (WHERE place <= 3), 0) AS overall,
             '[' || string_agg(format('{"month":"%s","score":%s,"label":"%s","learners":%s,"due":%s,"completed":%s,'
                                      '"refinements_planned":%s,"refinements_done":%s}',
                                      muster_month_name(month), coalesce(score::text, 'null'), muster_score_label(score), learners,
                                      due, completed, planned, done), ',' ORDER BY month) || ']' AS points
        FROM (SELECT scored.*, CASE WHEN month < this_month AND score IS NOT NULL
                                    THEN count(score) FILTER (WHERE month < this_month) OVER (ORDER BY month DESC) END AS place
                FROM (SELECT points.month, sum(coalesce(sums.learners, 0)) OVER (ORDER BY points.month) AS learners,
                             coalesce(sums.due, 0) AS due, coalesce(sums.completed, 0) AS completed,
                             coalesce(sums.planned, 0) AS planned, coalesce(sums.done, 0) AS done,
                             muster_score(sums.due, sums.completed, sums.planned, sums.done)::smallint AS score
                        FROM generate_series(first_month, this_month) AS points (month)
                        LEFT JOIN (SELECT greatest(month, first_month) AS month, sum(learners_change) AS learners,
                                          sum(due) FILTER (WHERE month >= first_month) AS due,
                                          sum(completed) FILTER (WHERE month >= first_month) AS completed,
                                          sum(planned) FILTER (WHERE month >= first_month) AS planned,
                                          sum(done) FILTER (WHERE month >= first_month) AS done
                                     FROM team_months
                                    WHERE team_id = teams.id AND month <= this_month
                                    GROUP BY 1) AS sums ON sums.month = points.month) AS scored) AS placed
    ) AS series
   WHERE teams.id = ANY (told)
  ON CONFLICT (team_id) DO UPDATE
     SET month = excluded.month, overall_worklete_score = excluded.overall_worklete_score, data_points = excluded.data_points;
END $$;

-- The data points of a team of which nothing is known yet.
CREATE FUNCTION score_points_of_nothing() RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT '[' || string_agg(format('{"month":"%s","score":null,"label":"NO_DATA","learners":0,"due":0,"completed":0,'
                                  '"refinements_planned":0,"refinements_done":0}', muster_month_name(month)), ',' ORDER BY month) || ']'
    FROM generate_series(muster_month(now()) - 11, muster_month(now())) AS points (month);
END;

CREATE FUNCTION scoreboard_changed(organization uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM scoreboards WHERE organization_id = organization AND NOT EXISTS (SELECT FROM organizations WHERE id = organization);
  INSERT INTO scoreboards (organization_id, version) SELECT id, gen_random_uuid() FROM organizations WHERE id = organization
  ON CONFLICT (organization_id) DO UPDATE SET version = excluded.version;
END $$;

-- Brings the scores of an organization up to date, at most so many marks at a time; true where more of them wait. Who comes meanwhile waits, and
-- finds what was done.
CREATE FUNCTION scores_refresh(organization uuid, at_most bigint) RETURNS boolean LANGUAGE plpgsql
  SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  marked_learners uuid[];
  marked_teams uuid[];
  late_teams uuid[];
  marks bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(7215304, hashtext(organization::text));
  WITH taken AS (
    DELETE FROM score_marks
     WHERE organization_id = organization
       AND contributor IN (SELECT DISTINCT contributor FROM score_marks
                            WHERE organization_id = organization ORDER BY contributor LIMIT at_most)
    RETURNING kind, contributor
  )
  SELECT coalesce(array_agg(DISTINCT contributor) FILTER (WHERE kind = 'learner'), '{}'),
         coalesce(array_agg(DISTINCT contributor) FILTER (WHERE kind = 'team'), '{}'), count(*)
    INTO marked_learners, marked_teams, marks FROM taken;
  SELECT coalesce(array_agg(team_id), '{}') INTO late_teams
    FROM team_scores WHERE organization_id = organization AND month < muster_month(now());
  IF marks > 0 OR cardinality(late_teams) > 0 THEN
    PERFORM score_tell(score_contribute(marked_learners, marked_teams) || marked_teams || late_teams);
    DELETE FROM team_months WHERE team_id = ANY (marked_teams) AND team_id NOT IN (SELECT id FROM teams WHERE id = ANY (marked_teams));
    DELETE FROM team_scores WHERE team_id = ANY (marked_teams) AND team_id NOT IN (SELECT id FROM teams WHERE id = ANY (marked_teams));
    PERFORM scoreboard_changed(organization);
  END IF;
  RETURN EXISTS (SELECT FROM score_marks WHERE organization_id = organization);
END $$;

-- Makes the scores of an organization anew from the facts alone, those of all months or of the months up to one; returns of how many teams.
CREATE FUNCTION scores_recompute(organization uuid, until_month integer) RETURNS bigint LANGUAGE plpgsql
  SET enable_hashjoin = on SET enable_mergejoin = on SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  all_teams uuid[];
BEGIN
  PERFORM pg_advisory_xact_lock(7215304, hashtext(organization::text));
  INSERT INTO score_marks (organization_id, kind, contributor)
  SELECT organization, 'learner', contributor FROM score_contributions WHERE organization_id = organization
  UNION
  SELECT organization, 'learner', membership_id FROM team_stays WHERE organization_id = organization
  UNION
  SELECT organization, 'team', id FROM teams WHERE organization_id = organization;
  PERFORM scores_refresh(organization, 9223372036854775807);
  DELETE FROM team_months WHERE organization_id = organization AND (until_month IS NULL OR month <= until_month);
  INSERT INTO team_months (team_id, month, organization_id, learners_change, due, completed, planned, done)
  SELECT part.team_id, part.month, organization, sum(part.learners), sum(part.due), sum(part.completed), sum(part.planned), sum(part.done)
    FROM score_contributions AS stored CROSS JOIN LATERAL score_parts(stored) AS part
   WHERE stored.organization_id = organization AND (until_month IS NULL OR part.month <= until_month)
   GROUP BY part.team_id, part.month;
  SELECT coalesce(array_agg(id), '{}') INTO all_teams FROM teams WHERE organization_id = organization;
  PERFORM score_tell(all_teams);
  PERFORM scoreboard_changed(organization);
  RETURN cardinality(all_teams);
END $$;

-- --- What leaves marks ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION score_mark_learners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO score_marks (organization_id, kind, contributor)
  SELECT DISTINCT organization_id, 'learner', membership_id FROM changed;
  RETURN NULL;
END $$;

CREATE FUNCTION score_mark_teams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO score_marks (organization_id, kind, contributor) SELECT DISTINCT organization_id, 'team', team_id FROM changed;
  RETURN NULL;
END $$;

CREATE FUNCTION score_mark_learner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO score_marks (organization_id, kind, contributor) VALUES (NEW.organization_id, 'learner', NEW.membership_id);
  RETURN NULL;
END $$;

-- Most updates of an assignment are of its progress, which no score knows.
CREATE TRIGGER score_in AFTER INSERT ON assignments
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION score_mark_learners();
CREATE TRIGGER score_change AFTER UPDATE ON assignments FOR EACH ROW
  WHEN (OLD.completed_at IS DISTINCT FROM NEW.completed_at OR OLD.due_on <> NEW.due_on) EXECUTE FUNCTION score_mark_learner();
CREATE TRIGGER score_out AFTER DELETE ON assignments
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION score_mark_learners();

CREATE TRIGGER score_in AFTER INSERT ON refinements
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION score_mark_teams();
CREATE TRIGGER score_change AFTER UPDATE ON refinements
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION score_mark_teams();
CREATE TRIGGER score_out AFTER DELETE ON refinements
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION score_mark_teams();

CREATE TRIGGER score_in AFTER INSERT ON team_stays
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION score_mark_learners();
CREATE TRIGGER score_change AFTER UPDATE ON team_stays
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION score_mark_learners();

-- --- What keeps the history ----------------------------------------------------------------------------------------------------------

-- Somebody who comes back within the month has never been away as far as that month is concerned. The first teams of a person are those that it
-- learned in before, since nothing else is known of that time.
CREATE FUNCTION team_stays_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE team_stays SET until = NULL FROM changed
   WHERE team_stays.membership_id = changed.membership_id AND team_stays.team_id = changed.team_id
     AND muster_month(team_stays.until) = muster_month(now());
  INSERT INTO team_stays (organization_id, team_id, membership_id, since)
  SELECT changed.organization_id, changed.team_id, changed.membership_id,
         CASE WHEN EXISTS (SELECT FROM team_stays AS earlier WHERE earlier.membership_id = changed.membership_id) THEN now()
              ELSE least(now(), memberships.learning_since) END
    FROM changed JOIN memberships ON memberships.id = changed.membership_id
   WHERE NOT EXISTS (SELECT FROM team_stays AS open
                      WHERE open.membership_id = changed.membership_id AND open.team_id = changed.team_id AND open.until IS NULL);
  RETURN NULL;
END $$;

CREATE FUNCTION team_stays_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE team_stays SET until = now() FROM changed
   WHERE team_stays.membership_id = changed.membership_id AND team_stays.team_id = changed.team_id AND team_stays.until IS NULL;
  RETURN NULL;
END $$;

CREATE TRIGGER stays_begin AFTER INSERT ON team_members
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_stays_begin();
CREATE TRIGGER stays_end AFTER DELETE ON team_members
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_stays_end();

-- Who was in a team that goes has still been in the one above it.
CREATE FUNCTION team_stays_inherited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE team_stays SET team_id = above.id, until = coalesce(team_stays.until, now())
    FROM teams AS above WHERE above.id = OLD.parent_id AND team_stays.team_id = OLD.id;
  RETURN OLD;
END $$;

CREATE TRIGGER stays_inherited BEFORE DELETE ON teams FOR EACH ROW EXECUTE FUNCTION team_stays_inherited();

CREATE FUNCTION team_scored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO score_marks (organization_id, kind, contributor) SELECT organization_id, 'team', id FROM changed;
  RETURN NULL;
END $$;

-- Everybody and everything below a team that moves counts for others above it.
CREATE FUNCTION team_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH RECURSIVE below AS (
    SELECT NEW.id AS id
    UNION
    SELECT teams.id FROM below JOIN teams ON teams.parent_id = below.id
  )
  INSERT INTO score_marks (organization_id, kind, contributor)
  SELECT NEW.organization_id, 'team', below.id FROM below
  UNION
  SELECT NEW.organization_id, 'learner', team_stays.membership_id FROM below JOIN team_stays ON team_stays.team_id = below.id;
  RETURN NULL;
END $$;

CREATE FUNCTION team_shown_otherwise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO score_marks (organization_id, kind, contributor)
  SELECT DISTINCT organization_id, 'shown', organization_id FROM changed;
  RETURN NULL;
END $$;

CREATE TRIGGER shown_otherwise AFTER UPDATE ON teams
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_shown_otherwise();
CREATE TRIGGER shown_otherwise AFTER UPDATE ON team_statistics
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_shown_otherwise();

CREATE TRIGGER score_in AFTER INSERT ON teams
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_scored();
CREATE TRIGGER score_change AFTER UPDATE ON teams FOR EACH ROW
  WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION team_moved();
CREATE TRIGGER score_out AFTER DELETE ON teams
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_scored();

-- A person who learned here before joining counts as from then, and a new hire's delay runs from then too.
CREATE FUNCTION membership_active_earlier() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.active_from := least(NEW.active_from, NEW.learning_since + make_interval(days => (SELECT new_hire_delay_days FROM organizations
                                                                                       WHERE id = NEW.organization_id)));
  RETURN NEW;
END $$;

CREATE TRIGGER active_earlier BEFORE UPDATE ON memberships FOR EACH ROW
  WHEN (NEW.learning_since IS NOT NULL AND NEW.active_from IS NOT NULL) EXECUTE FUNCTION membership_active_earlier();

CREATE FUNCTION membership_scored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO score_marks (organization_id, kind, contributor) VALUES (OLD.organization_id, 'learner', OLD.id);
    RETURN NULL;
  END IF;
  IF NEW.status = 'inactive' THEN
    INSERT INTO membership_absences (organization_id, membership_id, since)
    SELECT NEW.organization_id, NEW.id, CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE now() END
     WHERE NOT EXISTS (SELECT FROM membership_absences WHERE membership_id = NEW.id AND until IS NULL);
  ELSE
    UPDATE membership_absences SET until = now() WHERE membership_id = NEW.id AND until IS NULL;
  END IF;
  INSERT INTO score_marks (organization_id, kind, contributor) VALUES (NEW.organization_id, 'learner', NEW.id);
  RETURN NULL;
END $$;

CREATE TRIGGER score_in AFTER INSERT ON memberships FOR EACH ROW
  WHEN (NEW.active_from IS NOT NULL OR NEW.status = 'inactive') EXECUTE FUNCTION membership_scored();
CREATE TRIGGER score_change AFTER UPDATE ON memberships FOR EACH ROW
  WHEN (OLD.active_from IS DISTINCT FROM NEW.active_from OR OLD.status <> NEW.status) EXECUTE FUNCTION membership_scored();
CREATE TRIGGER score_out AFTER DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION membership_scored();

-- Of what is there already no more is known than when it was made.
INSERT INTO team_stays (organization_id, team_id, membership_id, since)
SELECT team_members.organization_id, team_members.team_id, team_members.membership_id, greatest(memberships.created_at, teams.created_at)
  FROM team_members
  JOIN memberships ON memberships.id = team_members.membership_id
  JOIN teams ON teams.id = team_members.team_id;
INSERT INTO membership_absences (organization_id, membership_id, since)
SELECT organization_id, id, updated_at FROM memberships WHERE status = 'inactive';
INSERT INTO score_marks (organization_id, kind, contributor) SELECT organization_id, 'team', id FROM teams;

-- --- Work that is due every day --------------------------------------------------------------------------------------------------------

CREATE TABLE daily_work (
  name text PRIMARY KEY,
  done_on date NOT NULL -- in UTC
);

-- --- Audit ---------------------------------------------------------------------------------------------------------------------------

CALL audit_table('refinements', '{create,update,delete}', 'refinement', 'id', 'team_id,course_id,starts_on,ends_on,status,completed_at', NULL);
CALL audit_table('assignments', '{create}', 'assignment', 'id', 'membership_id,course_id,course_version_id,due_on', NULL);

-- Progress has a log of its own; here is told when something is completed.
CREATE FUNCTION audit_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_events (action, thing_type, thing_id, organization_id, before, after)
  VALUES ('assignment.update', 'assignment', NEW.id, NEW.organization_id,
          jsonb_build_object('status', OLD.status, 'due_on', OLD.due_on, 'completed_at', OLD.completed_at),
          jsonb_build_object('status', NEW.status, 'due_on', NEW.due_on, 'completed_at', NEW.completed_at));
  RETURN NULL;
END $$;

CREATE TRIGGER audit_update AFTER UPDATE ON assignments FOR EACH ROW
  WHEN (OLD.completed_at IS DISTINCT FROM NEW.completed_at OR OLD.due_on <> NEW.due_on) EXECUTE FUNCTION audit_assignment();

-- --- The wall ------------------------------------------------------------------------------------------------------------------------

CALL guard_tenant_table('assignments');
CALL guard_tenant_table('player_events');
CALL guard_tenant_table('refinements');
CALL guard_tenant_table('team_stays');
CALL guard_tenant_table('membership_absences');
CALL guard_tenant_table('score_contributions');
CALL guard_tenant_table('team_months');
CALL guard_tenant_table('team_scores');
CALL guard_tenant_table('scoreboards');
CALL guard_tenant_table('score_marks');
