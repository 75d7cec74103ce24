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
SELECT teams.organization_id, teams.id, :course_id::uuid, :title, :description, :starts_on::date, :ends_on::date,
       coalesce(:status, 'planned'), CASE WHEN :status = 'done' THEN coalesce(:completed_at::timestamptz, now()) ELSE :completed_at::timestamptz END,
       coalesce(:extra, '{}')
  FROM teams WHERE teams.id = :team::uuid
RETURNING refinements.organization_id, {refinement_columns}

-- What is given replaces. One that becomes done was done now unless it is said when; one that is not done any more was never done.
-- name: refinement_update
UPDATE refinements
   SET course_id = CASE WHEN :course_given::boolean THEN :course_id::uuid ELSE course_id END,
       title = CASE WHEN :title_given::boolean THEN :title ELSE title END,
       description = CASE WHEN :description_given::boolean THEN :description ELSE description END,
       starts_on = coalesce(:starts_on::date, starts_on),
       ends_on = coalesce(:ends_on::date, ends_on),
       status = coalesce(:status, status),
       completed_at = CASE WHEN :completed_given::boolean THEN :completed_at::timestamptz
                           WHEN :status = 'done' THEN coalesce(completed_at, now())
                           WHEN :status IS NOT NULL THEN NULL
                           ELSE completed_at END,
       extra = coalesce(:extra, extra),
       updated_at = now()
 WHERE id = :refinement::uuid AND team_id = :team::uuid
RETURNING organization_id, {refinement_columns}
