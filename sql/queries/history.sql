-- What was learned in another system.

-- Takes lines (as JSON) over. What a line says of an assignment replaces what was known of it, but a completion is never undone, and of two the
-- earlier one counts. A person learns here since the first assignment that is told, and the teams that it began in are those of that time too.
-- name: history_import
WITH lines AS (
  SELECT *
    FROM json_to_recordset(:lines::json) AS line (number integer, employee_id text, course_id uuid, assigned_at timestamptz(3),
                                                  due_on date, completed_at timestamptz(3))
), judged AS (
  SELECT lines.number, memberships.id AS membership_id, lines.course_id, courses.published_version_id, lines.assigned_at,
         coalesce(lines.due_on, (lines.assigned_at AT TIME ZONE 'UTC')::date + 30) AS due_on, lines.completed_at,
         CASE WHEN memberships.id IS NULL THEN 'employee_id is not known in this organization.'
              WHEN courses.id IS NULL THEN 'course_id is not a course.'
              WHEN courses.published_version_id IS NULL THEN 'course_id is a course without a published version.' END AS reason
    FROM lines
    LEFT JOIN memberships ON memberships.organization_id = :organization::uuid AND memberships.employee_id = lines.employee_id
    LEFT JOIN courses ON courses.id = lines.course_id
), stored AS (
  INSERT INTO assignments AS kept (organization_id, membership_id, course_id, course_version_id, status, assigned_at, due_on, completed_at)
  SELECT :organization::uuid, judged.membership_id, judged.course_id, judged.published_version_id,
         CASE WHEN judged.completed_at IS NULL THEN 'not_started' ELSE 'completed' END, judged.assigned_at, judged.due_on, judged.completed_at
    FROM judged WHERE judged.reason IS NULL
  ON CONFLICT ON CONSTRAINT assignments_course_key DO UPDATE
     SET assigned_at = excluded.assigned_at, due_on = excluded.due_on, completed_at = least(kept.completed_at, excluded.completed_at),
         status = CASE WHEN excluded.completed_at IS NULL THEN kept.status ELSE 'completed' END
   WHERE (kept.assigned_at, kept.due_on) <> (excluded.assigned_at, excluded.due_on)
      OR least(kept.completed_at, excluded.completed_at) IS DISTINCT FROM kept.completed_at
  RETURNING kept.membership_id, kept.course_id
), earlier AS (
  UPDATE memberships SET learning_since = first.assigned_at, updated_at = now()
    FROM (SELECT judged.membership_id, min(judged.assigned_at) AS assigned_at
            FROM judged WHERE judged.reason IS NULL GROUP BY judged.membership_id) AS first
   WHERE memberships.id = first.membership_id
     AND (memberships.learning_since IS NULL OR memberships.learning_since > first.assigned_at)
  RETURNING memberships.id, memberships.learning_since
), moved AS (
  UPDATE team_stays SET since = earlier.learning_since
    FROM earlier
   WHERE team_stays.membership_id = earlier.id AND team_stays.since > earlier.learning_since
     AND NOT EXISTS (SELECT 1 FROM team_stays AS ended
                      WHERE ended.membership_id = team_stays.membership_id AND ended.until < team_stays.since)
)
SELECT judged.number, judged.reason, stored.membership_id IS NOT NULL AS changed
  FROM judged
  LEFT JOIN stored ON stored.membership_id = judged.membership_id AND stored.course_id = judged.course_id
 ORDER BY judged.number
