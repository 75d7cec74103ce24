-- The roster of an organization: see 0014_roster.sql, where the work is done on the lines of a file as a whole.

-- The rows of the organization are let through by the first thing that their policy asks, which is the cheapest.
-- name: roster_open
SELECT roster_open(:organization::uuid) AS opened, set_config('muster.organizations', format('{%s}', :organization::uuid), true) AS organizations_set

-- name: roster_judge
SELECT number, reason FROM roster_judge(:organization::uuid, :twins::boolean)

-- name: roster_plan
SELECT joined, changed, returned, gone, absent, present, touched, teams_made
  FROM roster_plan(:organization::uuid, :has_email::boolean, :has_job_title::boolean, :has_team::boolean, :has_language::boolean)

-- name: roster_differences
SELECT kind, number, employee_id, first_name, last_name, fields FROM roster_differences(:at_most::bigint)

-- name: roster_apply
SELECT roster_apply(:organization::uuid, :import::uuid, :invitations_until::timestamptz) AS applied

-- name: roster_undo
SELECT id, people FROM roster_undo(:organization::uuid)

-- Notes an import, or what became of one that was noted by its key. Only the last complete one can be undone.
-- name: membership_import_note
WITH former AS (
  UPDATE membership_imports SET undoable = false
   WHERE organization_id = :organization::uuid AND undoable AND :status = 'complete'
)
INSERT INTO membership_imports AS imports (organization_id, key, status, report, finished_at)
VALUES (:organization::uuid, :key, :status, coalesce(:report, '{}'), CASE WHEN :status <> 'progressing' THEN clock_timestamp() END)
ON CONFLICT ON CONSTRAINT membership_imports_key_key DO UPDATE
   SET status = excluded.status, report = excluded.report, finished_at = excluded.finished_at
RETURNING id

-- What stands in it is done.
-- name: membership_import_complete
UPDATE membership_imports SET undoable = true, finished_at = clock_timestamp() WHERE id = :import::uuid

-- A page of an organization's imports.
-- name: list_membership_imports
SELECT totals.total, true AS permitted, page.id, page.key, page.status, page.report, page.created_at, page.finished_at
  FROM (SELECT count(*) AS total FROM membership_imports WHERE organization_id = :organization_id::uuid) AS totals
  JOIN organizations ON organizations.id = :organization_id::uuid
  LEFT JOIN LATERAL (SELECT * FROM membership_imports AS each
                      WHERE each.organization_id = organizations.id
                      ORDER BY {order:each} LIMIT :limit::bigint OFFSET :offset::bigint) AS page ON true
 ORDER BY {order:page}

-- How far the import of an uploaded file is; no row: it was not begun.
-- name: membership_import_state
SELECT status FROM membership_imports WHERE organization_id = :organization::uuid AND key = :key
