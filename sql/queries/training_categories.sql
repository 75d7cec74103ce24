-- What people learn by their job titles: an organization's training categories, and the course pools that follow from them.

-- fragment: training_category_columns
categories.id, categories.organization_id, categories.name,
       ARRAY (SELECT titles.job_title FROM training_category_job_titles AS titles
               WHERE titles.training_category_id = categories.id ORDER BY titles.position) AS job_titles,
       ARRAY (SELECT learned.course_id FROM training_category_courses AS learned
               WHERE learned.training_category_id = categories.id ORDER BY learned.position) AS course_ids,
       categories.created_at, categories.updated_at

-- An organization's categories by name without case.
-- name: list_training_categories
SELECT totals.total, true AS permitted, {training_category_columns}
  FROM (SELECT (SELECT count(*) FROM training_categories AS counted WHERE counted.organization_id = organizations.id) AS total
          FROM organizations WHERE organizations.id = :organization_id::uuid) AS totals
  LEFT JOIN LATERAL (SELECT * FROM training_categories AS page
                      WHERE page.organization_id = :organization_id::uuid
                      ORDER BY page.name_key, page.id LIMIT :limit::bigint OFFSET :offset::bigint) AS categories ON true
 ORDER BY categories.name_key, categories.id

-- name: training_category_insert
INSERT INTO training_categories (organization_id, name) VALUES (:organization::uuid, :name) RETURNING id

-- name: training_category_shown
SELECT {training_category_columns} FROM training_categories AS categories WHERE categories.id = :category::uuid

-- Changes of one category follow each other.
-- name: training_category_lock
SELECT id FROM training_categories WHERE id = :category::uuid AND organization_id = :organization::uuid FOR NO KEY UPDATE

-- Titles that are the same without case, and courses that do not exist.
-- name: training_category_faults
SELECT EXISTS (SELECT 1 FROM unnest(:job_titles::text[]) AS titles (title)
                GROUP BY lower(btrim(titles.title)) HAVING count(*) > 1) AS equal_titles,
       EXISTS (SELECT 1 FROM unnest(:course_ids::uuid[]) AS named (id)
                GROUP BY named.id HAVING count(*) > 1) AS equal_courses,
       EXISTS (SELECT 1 FROM unnest(:course_ids::uuid[]) AS named (id)
                WHERE NOT EXISTS (SELECT 1 FROM courses WHERE courses.id = named.id)) AS unknown_courses

-- name: training_category_rename
UPDATE training_categories SET name = :name, updated_at = now() WHERE id = :category::uuid AND name <> :name

-- Titles that are not named any more, or stand elsewhere or are spelled otherwise now; training_category_titles_add brings the latter back.
-- name: training_category_titles_remove
WITH gone AS (
  DELETE FROM training_category_job_titles AS titles
   WHERE titles.training_category_id = :category::uuid
     AND NOT EXISTS (SELECT 1 FROM unnest(:job_titles::text[]) WITH ORDINALITY AS named (title, place)
                      WHERE named.title = titles.job_title AND named.place = titles.position)
  RETURNING titles.training_category_id
)
UPDATE training_categories SET updated_at = now() WHERE id IN (SELECT training_category_id FROM gone)

-- name: training_category_titles_add
WITH added AS (
  INSERT INTO training_category_job_titles (training_category_id, organization_id, job_title, position)
  SELECT :category::uuid, :organization::uuid, named.title, named.place
    FROM unnest(:job_titles::text[]) WITH ORDINALITY AS named (title, place)
   WHERE NOT EXISTS (SELECT 1 FROM training_category_job_titles AS titles
                      WHERE titles.training_category_id = :category::uuid AND titles.title_key = lower(btrim(named.title)))
  RETURNING training_category_id
)
UPDATE training_categories SET updated_at = now() WHERE id IN (SELECT training_category_id FROM added)

-- The same for courses.
-- name: training_category_courses_remove
WITH gone AS (
  DELETE FROM training_category_courses AS learned
   WHERE learned.training_category_id = :category::uuid
     AND NOT EXISTS (SELECT 1 FROM unnest(:course_ids::uuid[]) WITH ORDINALITY AS named (id, place)
                      WHERE named.id = learned.course_id AND named.place = learned.position)
  RETURNING learned.training_category_id
)
UPDATE training_categories SET updated_at = now() WHERE id IN (SELECT training_category_id FROM gone)

-- name: training_category_courses_add
WITH added AS (
  INSERT INTO training_category_courses (training_category_id, organization_id, course_id, position)
  SELECT :category::uuid, :organization::uuid, named.id, named.place
    FROM unnest(:course_ids::uuid[]) WITH ORDINALITY AS named (id, place)
   WHERE NOT EXISTS (SELECT 1 FROM training_category_courses AS learned
                      WHERE learned.training_category_id = :category::uuid AND learned.course_id = named.id)
  RETURNING training_category_id
)
UPDATE training_categories SET updated_at = now() WHERE id IN (SELECT training_category_id FROM added)

-- --- Course pools ---

-- What the people of a team learn by their titles: one pool for each team and category that has members, basics left out. The second part is for those
-- who name teams or categories. OFFSET 0 keeps the few rows of a page from being joined with whole tables.
-- name: list_course_pools
WITH named AS MATERIALIZED (
  SELECT pools.* FROM course_pools AS pools
   WHERE pools.team_id = ANY (:team_ids::uuid[]) AND pools.organization_id = :organization_id::uuid
     AND (:training_category_ids::uuid[] IS NULL OR pools.training_category_id = ANY (:training_category_ids::uuid[]))
  UNION ALL
  SELECT pools.* FROM course_pools AS pools
   WHERE :team_ids::uuid[] IS NULL
     AND pools.training_category_id = ANY (:training_category_ids::uuid[]) AND pools.organization_id = :organization_id::uuid
)
SELECT totals.total, true AS permitted, page.pool_id, page.team_id, page.team_name, page.training_category_id, page.training_category_name,
       page.members_count, courses.id AS course_id, courses.name AS course_name, courses.basics AS course_basics
  FROM (SELECT CASE WHEN :team_ids::uuid[] IS NULL AND :training_category_ids::uuid[] IS NULL
                    THEN statistics.course_pools_count ELSE (SELECT count(*) FROM named) END AS total
          FROM organization_statistics AS statistics WHERE statistics.organization_id = :organization_id::uuid) AS totals
  LEFT JOIN LATERAL (
    SELECT shown.*, shown.team_id || '/' || shown.training_category_id AS pool_id,
           (SELECT teams.name FROM teams WHERE teams.id = shown.team_id) AS team_name,
           (SELECT categories.name FROM training_categories AS categories WHERE categories.id = shown.training_category_id)
             AS training_category_name
      FROM (
        (SELECT pools.* FROM course_pools AS pools
          WHERE :team_ids::uuid[] IS NULL AND :training_category_ids::uuid[] IS NULL AND pools.organization_id = :organization_id::uuid
          ORDER BY pools.organization_id, pools.team_created_at, pools.team_id, pools.training_category_id
          LIMIT :limit::bigint OFFSET :offset::bigint)
        UNION ALL
        (SELECT * FROM named ORDER BY team_created_at, team_id, training_category_id LIMIT :limit::bigint OFFSET :offset::bigint)
      ) AS shown OFFSET 0) AS page ON true
  LEFT JOIN LATERAL (SELECT * FROM training_category_courses AS places
                      WHERE places.training_category_id = page.training_category_id OFFSET 0) AS learned ON true
  LEFT JOIN LATERAL (SELECT * FROM courses AS one WHERE one.id = learned.course_id AND NOT one.basics OFFSET 0) AS courses ON true
 ORDER BY page.team_created_at, page.team_id, page.training_category_id, learned.position
