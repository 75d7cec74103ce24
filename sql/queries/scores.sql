-- Scores of teams, as they are told, and bringing them up to date.

-- Whether something has changed, or a month has begun, since the scores of an organization were written.
-- fragment: scores_are_late
EXISTS (SELECT 1 FROM score_marks WHERE score_marks.organization_id = seen.organization_id)
       OR EXISTS (SELECT 1 FROM team_scores AS old WHERE old.organization_id = seen.organization_id AND old.month < muster_month(now()))

-- A team that is new has none yet.
-- fragment: data_points
coalesce(scores.data_points, score_points_of_nothing())

-- The same people as those who may look at the team.
-- name: show_team_score
SELECT seen.permitted, seen.organization_id, seen.team_id, scores.overall_worklete_score,
       muster_score_label(scores.overall_worklete_score) AS overall_worklete_score_label, {data_points} AS data_points,
       {scores_are_late} AS late
  FROM (SELECT teams.id AS team_id, teams.organization_id,
               {caller_administers_organization} OR {caller_is_in_team} OR {caller_administers_team} AS permitted
          FROM teams {own_membership_of_team}
         WHERE teams.id = :team_id::uuid AND {caller_sees_team}) AS seen
  LEFT JOIN team_scores AS scores ON scores.team_id = seen.team_id

-- What is to be known before a tree is told: whose it is, whether the caller sees all of it, and which state it is in. No row: nobody's.
-- name: show_scoreboard
SELECT seen.organization_id, seen.administers, boards.version, {scores_are_late} AS late
  FROM (SELECT organizations.id AS organization_id, (own.role = 1 OR muster_caller_is_employee()) AS administers
          FROM organizations
          LEFT JOIN memberships AS own
            ON own.organization_id = organizations.id AND own.user_id = muster_caller() AND own.status = 'active'
         WHERE organizations.id = :organization_id::uuid AND (own.id IS NOT NULL OR muster_caller_is_employee())) AS seen
  LEFT JOIN scoreboards AS boards ON boards.organization_id = seen.organization_id

-- The whole tree.
-- name: organization_scores
SELECT {team_columns}, {data_points} AS data_points
  FROM teams
  {team_figures}
 WHERE teams.organization_id = :organization_id::uuid
 ORDER BY lower(teams.name), teams.id

-- The teams that the caller may see of it.
-- name: my_teams_scores
WITH {visible_teams}
SELECT {team_columns}, {data_points} AS data_points, seen.organization_id AS seen_organization_id
  FROM seen
  LEFT JOIN visible AS teams ON true
  {team_figures}
 ORDER BY lower(teams.name), teams.id

-- True where more waits to be done.
-- name: scores_refresh
SELECT scores_refresh(:organization::uuid, :at_most::bigint) AS more

-- Organizations whose scores wait, those too that are gone.
-- name: scores_waiting
SELECT DISTINCT organization_id FROM score_marks
UNION
SELECT id FROM organizations
 WHERE EXISTS (SELECT 1 FROM team_scores WHERE team_scores.organization_id = organizations.id
                  AND team_scores.month < muster_month(now()))

-- Everything anew, from the facts alone; with a month only what is known of that month and of those before it. No row: there is no such organization.
-- name: scores_recompute
SELECT scores_recompute(id, muster_month(:month::date)) AS teams FROM organizations WHERE id = :organization::uuid

-- name: organizations_after
SELECT id FROM organizations WHERE id > :after::uuid ORDER BY id LIMIT :limit::bigint
