-- People, as those see them who may.

-- Memberships of others are seen by employees and by people of that organization; one's own inactive ones are gone.
-- fragment: seen_memberships
LEFT JOIN memberships
         ON memberships.user_id = users.id
        AND (muster_caller_is_employee()
             OR (users.id = muster_caller() AND memberships.status <> 'inactive')
             OR EXISTS (SELECT 1 FROM memberships AS own
                         WHERE own.user_id = muster_caller() AND own.organization_id = memberships.organization_id
                           AND own.status = 'active'))
  LEFT JOIN organizations ON organizations.id = memberships.organization_id

-- The caller administers an organization that the user belongs to.
-- fragment: caller_administers_user
EXISTS (SELECT 1 FROM memberships AS theirs
                  JOIN memberships AS own ON own.organization_id = theirs.organization_id
                 WHERE theirs.user_id = users.id AND own.user_id = muster_caller()
                   AND own.role = 1 AND own.status = 'active')

-- The caller belongs to an organization of the user's: knows of the user, but may not look.
-- fragment: caller_knows_user
EXISTS (SELECT 1 FROM memberships AS theirs
                  JOIN memberships AS own ON own.organization_id = theirs.organization_id
                 WHERE theirs.user_id = users.id AND own.user_id = muster_caller() AND own.status = 'active')

-- name: show_user
SELECT (users.id = muster_caller() OR muster_caller_is_employee() OR {caller_administers_user}) AS permitted,
       {user_columns}
  FROM users
  {seen_memberships}
 WHERE users.id = :user_id::uuid
   AND (users.id = muster_caller() OR muster_caller_is_employee() OR {caller_knows_user})
 ORDER BY memberships.created_at, memberships.id

-- A page of users as it is answered, from the ids that it has; `totals` and `page` are the statement's own.
-- fragment: page_of_users
SELECT totals.total, {user_columns}
  FROM totals
  LEFT JOIN LATERAL (SELECT users.* FROM page JOIN users ON users.id = page.id) AS users ON true
  {seen_memberships}
 ORDER BY {order:users}, memberships.created_at, memberships.id

-- A page of everybody, for employees.
-- name: users_all
WITH totals AS (
  SELECT users_count AS total FROM directory_statistics
), page AS MATERIALIZED (
  SELECT everybody.id FROM users AS everybody ORDER BY {order:everybody} LIMIT :limit::bigint OFFSET :offset::bigint
)
{page_of_users}

-- The same, found by words.
-- name: users_found
WITH matching AS MATERIALIZED (
  SELECT users.id, users.first_name, users.last_name, users.username, users.created_at
    FROM (SELECT id FROM user_words WHERE search @@ muster_words_query(:q) OFFSET 0) AS found
    JOIN users ON users.id = found.id
), totals AS (
  SELECT count(*) AS total FROM matching
), page AS MATERIALIZED (
  SELECT matching.id FROM matching ORDER BY {order:matching} LIMIT :limit::bigint OFFSET :offset::bigint
)
{page_of_users}

-- A page of the people in the one organization that the caller belongs to and administers, in the order of created_at: one range of an index, so that
-- nothing is sorted; the caller sees no other memberships of theirs than those that the page is made of. For all other callers, and behind the last page,
-- there is no row. It runs along with the check of the session.
-- name: users_of_own_organization
SELECT (SELECT people_count FROM organization_statistics WHERE organization_id = muster_own_organization()) AS total,
       {user_columns}
  FROM (SELECT * FROM memberships AS page
         WHERE page.organization_id = muster_own_organization() AND page.user_id IS NOT NULL
         ORDER BY page.user_created_at, page.user_id LIMIT :limit::bigint OFFSET :offset::bigint) AS memberships
  JOIN users ON users.id = memberships.user_id
  CROSS JOIN LATERAL (SELECT (SELECT rendering FROM organizations WHERE id = muster_own_organization()) AS rendering) AS organizations
 WHERE :q::text IS NULL AND :sort::text IS NULL AND NOT muster_caller_is_employee()
 ORDER BY memberships.user_created_at, memberships.user_id

-- The organizations that the caller administers, and whether it is just one.
-- fragment: administered_organizations
SELECT own.organization_id, count(*) OVER () = 1 AS alone FROM memberships AS own
   WHERE own.user_id = muster_caller() AND own.role = 1 AND own.status = 'active'

-- What people are ordered by.
-- fragment: person_columns
user_id AS id, first_name, last_name, username, created_at

-- A page of the people of the organizations that the caller administers, in any order; who administers none sees itself. One organization's people are
-- one range of an index. Those of several are merged from as many of each as could stand on the page or before it, each person once; they are
-- counted unless there are too many.
-- name: users_of_organizations
WITH administered AS MATERIALIZED (
  {administered_organizations}
), totals AS (
  SELECT CASE WHEN count(*) = 0 THEN 1
              WHEN count(*) = 1 OR max(statistics.people_count) > 100000 THEN sum(statistics.people_count)
              ELSE (SELECT count(DISTINCT people.user_id) FROM administered
                      JOIN organization_people AS people ON people.organization_id = administered.organization_id) END AS total
    FROM administered JOIN organization_statistics AS statistics ON statistics.organization_id = administered.organization_id
), page AS MATERIALIZED (
  (SELECT people.id
     FROM (SELECT {person_columns} FROM organization_people
            WHERE organization_id = (SELECT administered.organization_id FROM administered WHERE administered.alone)) AS people
    ORDER BY {order:people} LIMIT :limit::bigint OFFSET :offset::bigint)
  UNION ALL
  (SELECT people.id
     FROM (SELECT DISTINCT first.*
             FROM administered
             CROSS JOIN LATERAL (SELECT each.*
                                   FROM (SELECT {person_columns} FROM organization_people
                                          WHERE organization_id = administered.organization_id) AS each
                                  ORDER BY {order:each} LIMIT :limit::bigint + :offset::bigint) AS first
            WHERE NOT administered.alone) AS people
    ORDER BY {order:people} LIMIT :limit::bigint OFFSET :offset::bigint)
  UNION ALL
  SELECT muster_caller() WHERE NOT EXISTS (SELECT 1 FROM administered) AND :offset::bigint = 0
)
{page_of_users}

-- The same, found by words: these first, behind the fence of OFFSET, since the planner would otherwise read all people of an organization, whom it thinks
-- to be few. Who belongs to several of the organizations is found in the first.
-- name: users_found_of_organizations
WITH administered AS MATERIALIZED (
  {administered_organizations}
), asked AS MATERIALIZED (
  SELECT organization_id, muster_words_lookup_of(organization_id, :q) AS lookup, muster_words_query_of(organization_id, :q) AS query
    FROM administered
), matching AS MATERIALIZED (
  SELECT {person_columns}
    FROM asked
    CROSS JOIN LATERAL (SELECT user_id AS found_id FROM people_words WHERE search @@ asked.lookup OFFSET 0) AS found
    JOIN organization_people AS people ON people.user_id = found.found_id AND (people.organization_id = asked.organization_id) IS TRUE
   WHERE people.search @@ asked.query
     AND NOT EXISTS (SELECT 1 FROM administered AS before
                       JOIN organization_people AS there ON there.user_id = people.user_id AND there.organization_id = before.organization_id
                      WHERE before.organization_id < people.organization_id)
  UNION ALL
  SELECT users.id, users.first_name, users.last_name, users.username, users.created_at
    FROM users
   WHERE users.id = muster_caller() AND users.search @@ muster_words_query(:q) AND NOT EXISTS (SELECT 1 FROM administered)
), totals AS (
  SELECT count(*) AS total FROM matching
), page AS MATERIALIZED (
  SELECT matching.id FROM matching ORDER BY {order:matching} LIMIT :limit::bigint OFFSET :offset::bigint
)
{page_of_users}

-- Changes the address. Nobody's user or one the caller may not change: told by `permitted`. An address that is the provider's name cannot go.
-- name: update_user
WITH target AS (
  SELECT users.id, (users.id = muster_caller() OR muster_caller_is_employee() OR {caller_administers_user}) AS permitted,
         users.provider = 'email' AND :email::text IS NULL AS needed
    FROM users
   WHERE users.id = :user::uuid
     AND (users.id = muster_caller() OR muster_caller_is_employee() OR {caller_knows_user})
     FOR NO KEY UPDATE
), changed AS (
  UPDATE users
     SET email = :email,
         former_uids = CASE WHEN provider = 'email' AND NOT lower(uid) = ANY (former_uids)
                            THEN former_uids || lower(uid) ELSE former_uids END,
         updated_at = now()
    FROM target
   WHERE users.id = target.id AND target.permitted AND NOT target.needed
     AND users.email IS DISTINCT FROM :email::text
  RETURNING users.id, users.uid
)
SELECT target.id, target.permitted, target.needed, changed.uid
  FROM target LEFT JOIN changed ON changed.id = target.id
