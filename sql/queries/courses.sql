-- Courses and their versions, which belong to no organization.

-- --- Courses ---

-- fragment: course_columns
courses.id, courses.name, courses.description, courses.basics, courses.language_code, courses.published_version_id,
       courses.versions_count, courses.created_at, courses.updated_at

-- All courses, only the basics or only the others; of an organization those that its course pools hold, which are never basics.
-- name: admin_list_courses
WITH matching AS (
  SELECT listed.id, listed.created_at FROM courses AS listed
   WHERE (:filter::text IS NULL OR listed.basics = (:filter::text = 'basics'))
     AND (:organization_id::uuid IS NULL
          OR (NOT listed.basics AND listed.id IN (
                SELECT pooled.course_id FROM training_category_courses AS pooled
                 WHERE pooled.organization_id = :organization_id::uuid
                   AND EXISTS (SELECT 1 FROM course_pools AS pools
                                WHERE pools.training_category_id = pooled.training_category_id))))
)
SELECT totals.total, {course_columns}
  FROM (SELECT count(*) AS total FROM matching) AS totals
  LEFT JOIN LATERAL (SELECT courses.* FROM (SELECT id FROM matching ORDER BY created_at, id
                                             LIMIT :limit::bigint OFFSET :offset::bigint) AS page
                       JOIN courses ON courses.id = page.id) AS courses ON true
 ORDER BY courses.created_at, courses.id

-- name: admin_show_course
SELECT {course_columns} FROM courses WHERE id = :id::uuid

-- name: admin_create_course
INSERT INTO courses (name, description, basics, language_code)
VALUES (:name, nullif(:description, ''), coalesce(:basics::boolean, false), coalesce(lower(:language_code), 'en'))
RETURNING {course_columns}

-- What is given replaces. No row: there is no such course.
-- name: course_update
WITH given AS (
  SELECT locked.id, coalesce(:name, locked.name) AS name,
         CASE WHEN :description_given::boolean THEN nullif(:description, '') ELSE locked.description END AS description,
         coalesce(:basics::boolean, locked.basics) AS basics,
         coalesce(lower(:language_code), locked.language_code) AS language_code
    FROM courses AS locked WHERE locked.id = :course::uuid FOR NO KEY UPDATE
), changed AS (
  UPDATE courses
     SET name = given.name, description = given.description, basics = given.basics, language_code = given.language_code,
         updated_at = now()
    FROM given
   WHERE courses.id = given.id
     AND (courses.name, courses.basics, courses.language_code, courses.description)
         IS DISTINCT FROM (given.name, given.basics, given.language_code, given.description)
)
SELECT id FROM given

-- --- Versions ---

-- Without the content, which may be large.
-- fragment: version_columns
versions.id, versions.course_id, versions.number, versions.status, versions.title, versions.created_at, versions.updated_at,
       versions.published_at

-- A page of a course's versions, and how many bytes their contents have together. Where that is more than an answer should hold (48 MiB), `fits` is
-- false and no content is told.
-- name: admin_list_course_versions
SELECT totals.total, true AS permitted, versions.bytes, versions.bytes <= 50331648 AS fits, {version_columns},
       CASE WHEN versions.bytes <= 50331648 THEN versions.content END AS content
  FROM (SELECT versions_count AS total FROM courses WHERE id = :course_id::uuid) AS totals
  LEFT JOIN LATERAL (
    SELECT page.*, sum(octet_length(page.content)) OVER () AS bytes
      FROM (SELECT * FROM course_versions AS listed WHERE listed.course_id = :course_id::uuid
             ORDER BY {order:listed} LIMIT :limit::bigint OFFSET :offset::bigint) AS page) AS versions ON true
 ORDER BY {order:versions}

-- name: course_version_shown
SELECT {version_columns}, versions.content, versions.revision
  FROM course_versions AS versions
 WHERE versions.id = :version::uuid AND versions.course_id = :course::uuid

-- Everything that changes a course's versions begins with this lock, so that it happens one after the other.
-- name: course_lock
SELECT id, published_version_id FROM courses WHERE id = :course::uuid FOR NO KEY UPDATE

-- The next number, taken with the lock. What is published at once is published by version_publish.
-- name: course_version_insert
WITH counted AS (
  UPDATE courses SET versions_count = versions_count + 1, updated_at = clock_timestamp() WHERE id = :course::uuid
  RETURNING id, versions_count, updated_at
)
INSERT INTO course_versions (course_id, number, title, content, created_at, updated_at)
SELECT counted.id, counted.versions_count, :title, coalesce(:content, '{}'), counted.updated_at, counted.updated_at FROM counted
RETURNING id

-- The version as it would be changed: whether anything would, and what it is now.
-- name: course_version_to_change
SELECT versions.id, versions.status, versions.revision,
       (coalesce(:title, versions.title), coalesce(:status, versions.status))
         IS DISTINCT FROM (versions.title, versions.status)
       OR (:content::text IS NOT NULL AND versions.content <> :content) AS changes
  FROM course_versions AS versions
 WHERE versions.id = :version::uuid AND versions.course_id = :course::uuid
   FOR NO KEY UPDATE OF versions

-- name: course_version_update
UPDATE course_versions
   SET title = coalesce(:title, title), content = coalesce(:content, content), revision = revision + 1,
       updated_at = clock_timestamp()
 WHERE id = :version::uuid

-- A draft that will not be published after all.
-- name: course_version_archive
UPDATE course_versions SET status = 'archived', revision = revision + 1, updated_at = clock_timestamp() WHERE id = :version::uuid

-- The version that is published now makes room; the course's lock is held.
-- name: course_version_retire
UPDATE course_versions SET status = 'archived', revision = revision + 1, updated_at = clock_timestamp()
 WHERE course_id = :course::uuid AND status = 'published'

-- name: course_version_publish
WITH published AS (
  UPDATE course_versions
     SET status = 'published', revision = revision + 1, published_at = clock_timestamp(), updated_at = clock_timestamp()
   WHERE id = :version::uuid AND course_id = :course::uuid
  RETURNING id, course_id
)
UPDATE courses SET published_version_id = published.id, updated_at = clock_timestamp()
  FROM published WHERE courses.id = published.course_id

-- --- Moving a course to another server ---

-- Until its versions are read too nothing of it changes.
-- name: course_export_lock
SELECT {course_columns} FROM courses WHERE id = :course::uuid FOR SHARE

-- name: course_versions_export
SELECT {version_columns}, versions.content FROM course_versions AS versions WHERE versions.course_id = :course::uuid ORDER BY versions.number

-- name: course_import
INSERT INTO courses (name, description, basics, language_code, versions_count)
VALUES (:name, nullif(:description, ''), coalesce(:basics::boolean, false), coalesce(lower(:language_code), 'en'), :versions_count::integer)
RETURNING id

-- name: course_version_import
WITH added AS (
  INSERT INTO course_versions (course_id, number, status, title, content, created_at, updated_at, published_at)
  VALUES (:course::uuid, :number::integer, :status, :title, :content, coalesce(:created_at::timestamptz, now()),
          coalesce(:updated_at::timestamptz, :created_at::timestamptz, now()), :published_at::timestamptz)
  RETURNING id, course_id, status
)
UPDATE courses SET published_version_id = added.id FROM added WHERE courses.id = added.course_id AND added.status = 'published'
