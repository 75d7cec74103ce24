-- What the scores of an organization are to tell, worked out straight from the facts, month by month and learner by learner.
CREATE FUNCTION pg_temp.truth(organization uuid)
RETURNS TABLE (team_id uuid, month text, learners bigint, due bigint, completed bigint, planned bigint, done bigint) LANGUAGE sql AS $$
  WITH RECURSIVE within AS (
    SELECT id AS top, id FROM teams WHERE organization_id = organization
    UNION
    SELECT within.top, teams.id FROM within JOIN teams ON teams.parent_id = within.id
  ), months AS (
    SELECT start AT TIME ZONE 'UTC' AS start_at, (start + interval '1 month') AT TIME ZONE 'UTC' AS end_at
      FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '11 months',
                           date_trunc('month', now() AT TIME ZONE 'UTC'), interval '1 month') AS start
  ), counted AS (
    SELECT DISTINCT within.top, months.start_at, team_stays.membership_id
      FROM months
      CROSS JOIN within
      JOIN team_stays ON team_stays.team_id = within.id AND since < end_at AND (until IS NULL OR until >= start_at)
      JOIN memberships ON memberships.id = team_stays.membership_id AND active_from < end_at
     WHERE NOT EXISTS (SELECT FROM membership_absences AS away
                        WHERE away.membership_id = team_stays.membership_id
                          AND away.since < end_at AND (away.until IS NULL OR away.until >= end_at))
  ), owed AS (
    SELECT counted.top, counted.start_at, assignments.completed_at
      FROM counted
      JOIN months ON months.start_at = counted.start_at
      JOIN assignments ON assignments.membership_id = counted.membership_id
       AND due_on::timestamp AT TIME ZONE 'UTC' >= months.start_at AND due_on::timestamp AT TIME ZONE 'UTC' < months.end_at
  ), practised AS (
    SELECT within.top, months.start_at, refinements.status
      FROM months
      CROSS JOIN within
      JOIN refinements ON refinements.team_id = within.id
       AND ends_on::timestamp AT TIME ZONE 'UTC' >= start_at AND ends_on::timestamp AT TIME ZONE 'UTC' < end_at
  )
  SELECT teams.id, to_char(months.start_at AT TIME ZONE 'UTC', 'YYYY-MM'), coalesce(people.learners, 0), coalesce(work.due, 0),
         coalesce(work.completed, 0), coalesce(practice.planned, 0), coalesce(practice.done, 0)
    FROM teams
    CROSS JOIN months
    LEFT JOIN (SELECT top, start_at, count(*) AS learners FROM counted GROUP BY top, start_at) AS people
      ON people.top = teams.id AND people.start_at = months.start_at
    LEFT JOIN (SELECT top, owed.start_at, count(*) AS due, count(*) FILTER (WHERE completed_at < end_at) AS completed
                 FROM owed JOIN months ON months.start_at = owed.start_at GROUP BY top, owed.start_at) AS work
      ON work.top = teams.id AND work.start_at = months.start_at
    LEFT JOIN (SELECT top, start_at, count(*) FILTER (WHERE status <> 'cancelled') AS planned,
                      count(*) FILTER (WHERE status = 'done') AS done
                 FROM practised GROUP BY top, start_at) AS practice
      ON practice.top = teams.id AND practice.start_at = months.start_at
   WHERE teams.organization_id = organization
$$
