-- What teams practise, as employees plan it.

-- fragment: refinement_columns
refinements.id, refinements.team_id, refinements.course_id, refinements.title, refinements.description, refinements.starts_on,
       refinements.ends_on, refinements.status, refinements.completed_at, refinements.extra, refinements.created_at, refinements.updated_at

-- name: list_refinements
SELECT totals.total, true AS permitted, {refinement_columns}
  FROM (SELECT (SELECT count(*) FROM refinements AS counted WHERE counted.team_id = teams.id) AS total
          FROM teams WHERE teams.id = :team_id::uuid) AS totals
  LEFT JOIN LATERAL (SELECT * FROM refinements AS page WHERE page.team_id = :team_id::uuid
                      ORDER BY page.created_at, page.id LIMIT :limit::bigint OFFSET :offset::bigint) AS refinements ON true
 ORDER BY refinements.created_at, refinements.id

-- name: show_refinement
SELECT {refinement_columns}
  FROM refinements WHERE refinements.id = :refinement_id::uuid AND refinements.team_id = :team_id::uuid

-- No row: there is no such team.
-- name: refinement_insert
INSERT INTO refinements (organization_id, team_id, course_id, title, description, starts_on, ends_on, status, completed_at, extra)
SELECT teams.organization_id, teams.id, :course_id::uuid, nullif(:title, ''), nullif(:description, ''), :starts_on::date, :ends_on::date,
       coalesce(:status, 'planned'), CASE WHEN :status = 'done' THEN coalesce(:completed_at::timestamptz, now()) ELSE :completed_at::timestamptz END,
       coalesce(:extra, '{}')
  FROM teams WHERE teams.id = :team::uuid
RETURNING refinements.organization_id, {refinement_columns}

-- What is given replaces. One that becomes done was done now unless it is said when; one that is not done any more was never done. Where nothing
-- would change nothing is written. No row: there is no such refinement.
-- name: refinement_update
WITH given AS (
  SELECT locked.id, locked.organization_id, locked.team_id, locked.created_at, locked.updated_at,
         CASE WHEN :course_given::boolean THEN :course_id::uuid ELSE locked.course_id END AS course_id,
         CASE WHEN :title_given::boolean THEN nullif(:title, '') ELSE locked.title END AS title,
         CASE WHEN :description_given::boolean THEN nullif(:description, '') ELSE locked.description END AS description,
         coalesce(:starts_on::date, locked.starts_on) AS starts_on,
         coalesce(:ends_on::date, locked.ends_on) AS ends_on,
         coalesce(:status, locked.status) AS status,
         (CASE WHEN :completed_given::boolean THEN :completed_at::timestamptz
               WHEN :status = 'done' THEN coalesce(locked.completed_at, now())
               WHEN :status IS NOT NULL THEN NULL
               ELSE locked.completed_at END)::timestamptz(3) AS completed_at,
         coalesce(:extra, locked.extra) AS extra
    FROM refinements AS locked WHERE locked.id = :refinement::uuid AND locked.team_id = :team::uuid FOR NO KEY UPDATE
), changed AS (
  UPDATE refinements AS written
     SET course_id = given.course_id, title = given.title, description = given.description, starts_on = given.starts_on, ends_on = given.ends_on,
         status = given.status, completed_at = given.completed_at, extra = given.extra, updated_at = now()
    FROM given
   WHERE written.id = given.id
     AND (written.course_id, written.title, written.description, written.starts_on, written.ends_on, written.status, written.completed_at,
          written.extra)
         IS DISTINCT FROM (given.course_id, given.title, given.description, given.starts_on, given.ends_on, given.status, given.completed_at,
                           given.extra)
  RETURNING written.updated_at
)
SELECT refinements.organization_id, {refinement_columns}
  FROM (SELECT given.id, given.organization_id, given.team_id, given.course_id, given.title, given.description, given.starts_on, given.ends_on,
               given.status, given.completed_at, given.extra, given.created_at,
               coalesce((SELECT changed.updated_at FROM changed), given.updated_at) AS updated_at
          FROM given) AS refinements
