-- The course player: what a member learns now, and the events of learning it.

-- As whom the caller learns: the active membership in the organization that is named, else the oldest one.
-- fragment: own_learner
(SELECT memberships.id, memberships.organization_id, memberships.job_title_key
          FROM memberships
         WHERE memberships.user_id = muster_caller() AND memberships.status = 'active'
           AND (:organization_id::uuid IS NULL OR memberships.organization_id = :organization_id::uuid)
         ORDER BY memberships.created_at, memberships.id LIMIT 1)

-- What `own` learns, in order, each course as often as there is a reason for it; nothing that is not published.
-- fragment: courses_of_learner
SELECT courses.id AS course_id, courses.published_version_id, 0 AS part, '' AS category_key, NULL::uuid AS category_id, 0 AS position,
             courses.created_at
        FROM courses
       WHERE courses.basics AND courses.published_version_id IS NOT NULL
      UNION ALL
      SELECT courses.id, courses.published_version_id, 1, categories.name_key, categories.id, learned.position, courses.created_at
        FROM training_category_job_titles AS titles
        JOIN training_categories AS categories ON categories.id = titles.training_category_id
        JOIN training_category_courses AS learned ON learned.training_category_id = titles.training_category_id
        JOIN courses ON courses.id = learned.course_id AND courses.published_version_id IS NOT NULL
       WHERE titles.organization_id = own.organization_id AND titles.title_key = own.job_title_key

-- The first of them that is not completed.
-- fragment: current_course
(SELECT path.course_id, path.published_version_id, open.id AS assignment_id
      FROM ({courses_of_learner}) AS path
      LEFT JOIN assignments AS open ON open.membership_id = own.id AND open.course_id = path.course_id
     WHERE open.status IS DISTINCT FROM 'completed'
     ORDER BY path.part, path.category_key, path.category_id, path.position, path.created_at, path.course_id
     LIMIT 1)

-- fragment: assignment_columns
assignments.id, assignments.course_id, assignments.course_version_id, assignments.membership_id, assignments.status,
       assignments.progress, assignments.assigned_at, assignments.due_on, assignments.started_at, assignments.completed_at

-- A course with the version that the learner has, or would get, and the assignment where there is one.
-- fragment: player_columns
courses.id AS course_id, courses.name AS course_name, courses.description AS course_description, courses.basics AS course_basics,
       courses.language_code AS course_language_code, courses.published_version_id AS course_published_version_id,
       courses.versions_count AS course_versions_count, courses.created_at AS course_created_at, courses.updated_at AS course_updated_at,
       versions.id AS version_id, versions.course_id AS version_course_id, versions.number AS version_number,
       versions.status AS version_status, versions.title AS version_title, versions.content AS version_content,
       versions.created_at AS version_created_at, versions.updated_at AS version_updated_at,
       versions.published_at AS version_published_at,
       assignments.id AS assignment_id, assignments.course_id AS assignment_course_id,
       assignments.course_version_id AS assignment_course_version_id, assignments.membership_id AS assignment_membership_id,
       assignments.status AS assignment_status, assignments.progress AS assignment_progress,
       assignments.assigned_at AS assignment_assigned_at, assignments.due_on AS assignment_due_on,
       assignments.started_at AS assignment_started_at, assignments.completed_at AS assignment_completed_at

-- Nobody's membership: no row. Nothing left to learn: one without a course.
-- name: show_my_course
SELECT own.id AS own_id, {player_columns}
  FROM {own_learner} AS own
  LEFT JOIN LATERAL {current_course} AS current ON true
  LEFT JOIN courses ON courses.id = current.course_id
  LEFT JOIN assignments ON assignments.id = current.assignment_id
  LEFT JOIN course_versions AS versions
    ON versions.id = coalesce(assignments.course_version_id, current.published_version_id)

-- Nobody's membership: no row. A course that nobody can learn yet: one without a course. `learns` tells whether it is among the member's, or was
-- when the member began it.
-- name: open_course
SELECT own.id AS own_id, {player_columns},
       assignments.id IS NOT NULL OR courses.basics
       OR EXISTS (SELECT 1 FROM training_category_job_titles AS titles
                    JOIN training_category_courses AS learned ON learned.training_category_id = titles.training_category_id
                   WHERE titles.organization_id = own.organization_id AND titles.title_key = own.job_title_key
                     AND learned.course_id = courses.id) AS learns
  FROM {own_learner} AS own
  LEFT JOIN courses ON courses.id = :course_id::uuid AND courses.published_version_id IS NOT NULL
  LEFT JOIN assignments ON assignments.membership_id = own.id AND assignments.course_id = courses.id
  LEFT JOIN course_versions AS versions ON versions.id = coalesce(assignments.course_version_id, courses.published_version_id)

-- Made once, whoever asks at the same time.
-- name: assignment_make
INSERT INTO assignments (organization_id, membership_id, course_id, course_version_id, due_on)
SELECT memberships.organization_id, memberships.id, courses.id, courses.published_version_id, (now() AT TIME ZONE 'UTC')::date + 30
  FROM memberships JOIN courses ON courses.id = :course::uuid AND courses.published_version_id IS NOT NULL
 WHERE memberships.id = :membership::uuid
ON CONFLICT ON CONSTRAINT assignments_course_key DO NOTHING

-- The same for the course that is current now, if any.
-- name: assignment_make_current
INSERT INTO assignments (organization_id, membership_id, course_id, course_version_id, due_on)
SELECT own.organization_id, own.id, current.course_id, current.published_version_id, (now() AT TIME ZONE 'UTC')::date + 30
  FROM (SELECT id, organization_id, job_title_key FROM memberships WHERE id = :membership::uuid) AS own
  CROSS JOIN LATERAL {current_course} AS current
 WHERE current.assignment_id IS NULL
ON CONFLICT ON CONSTRAINT assignments_course_key DO NOTHING

-- An event is stored once, and moves the assignment forward as far as it can: the greatest of time, session and digest has the progress, the
-- earliest completion counts, so that the order in which events arrive makes no difference. An event that is there already changes nothing.
-- fragment: stored_event
own AS (
  SELECT * FROM {own_learner} AS learner
), current AS (
  SELECT assignments.id, assignments.number, assignments.organization_id
    FROM own JOIN assignments ON assignments.membership_id = own.id AND assignments.course_id = :course_id::uuid
), event AS (
  INSERT INTO player_events (client_time, assignment, organization_id, session_id, completes, digest, progress)
  SELECT :client_supplied_occured_at_in_ms::bigint, current.number, current.organization_id, :player_session_id::uuid,
         :event_type::text = 'complete', substring(sha256(convert_to(coalesce(:progress::text, '{}'), 'UTF8')) FOR 16),
         coalesce(:progress::text, '{}')
    FROM current
   WHERE :client_supplied_occured_at_in_ms::bigint <= extract(epoch FROM now()) * 1000 + 86400000

-- fragment: moved_assignment
ON CONFLICT DO NOTHING
  RETURNING assignment, organization_id, session_id, completes, digest, progress,
            least(timestamptz 'epoch' + client_time * interval '1 millisecond', arrived_at)::timestamptz(3) AS at
), changed AS (
  UPDATE assignments
     SET status = CASE WHEN event.completes OR assignments.status = 'completed' THEN 'completed' ELSE 'in_progress' END,
         started_at = least(assignments.started_at, event.at),
         completed_at = CASE WHEN event.completes THEN least(assignments.completed_at, event.at) ELSE assignments.completed_at END,
         progress = CASE WHEN {event_is_latest} THEN event.progress ELSE assignments.progress END,
         latest_at = CASE WHEN {event_is_latest} THEN event.at ELSE assignments.latest_at END,
         latest_session = CASE WHEN {event_is_latest} THEN event.session_id ELSE assignments.latest_session END,
         latest_digest = CASE WHEN {event_is_latest} THEN event.digest ELSE assignments.latest_digest END
    FROM event
   WHERE assignments.number = event.assignment AND assignments.organization_id = event.organization_id
  RETURNING {assignment_columns}
)
SELECT own.id AS own_id, current.id AS current_id,
       :client_supplied_occured_at_in_ms::bigint > extract(epoch FROM now()) * 1000 + 86400000 AS ahead,
       changed.*
  FROM own LEFT JOIN current ON true LEFT JOIN changed ON true

-- fragment: event_is_latest
assignments.latest_at IS NULL
              OR (event.at, event.session_id, event.digest) > (assignments.latest_at, assignments.latest_session, assignments.latest_digest)

-- What most events are: progress of a course that is being learned. It runs along with the check of the session; all else is left to what follows.
-- name: record_progress
WITH {stored_event}
     AND :event_type::text = 'update_progress'
  {moved_assignment}

-- Any event, once the assignment is there.
-- name: record_event
WITH {stored_event}
  {moved_assignment}

-- name: assignment_shown
SELECT {assignment_columns} FROM assignments WHERE id = :assignment::uuid

-- The assignments of members who do not ask for theirs: those of the next members in the order of their ids who count already. `last` is null where
-- there are none.
-- name: assignments_make_next
WITH batch AS (
  SELECT memberships.id, memberships.organization_id, memberships.job_title_key
    FROM memberships
   WHERE memberships.id > :after::uuid
   ORDER BY memberships.id LIMIT :limit::bigint
), made AS (
  INSERT INTO assignments (organization_id, membership_id, course_id, course_version_id, due_on)
  SELECT own.organization_id, own.id, current.course_id, current.published_version_id, (now() AT TIME ZONE 'UTC')::date + 30
    FROM batch AS own
    JOIN memberships ON memberships.id = own.id AND memberships.status = 'active' AND memberships.active_from <= now()
    CROSS JOIN LATERAL {current_course} AS current
   WHERE current.assignment_id IS NULL
  ON CONFLICT ON CONSTRAINT assignments_course_key DO NOTHING
  RETURNING 1
)
SELECT (SELECT id FROM batch ORDER BY id DESC LIMIT 1) AS last, (SELECT count(*) FROM made) AS made
