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

-- A page of everybody, for employees.
-- name: users_all
SELECT totals.total, {user_columns}
  FROM (SELECT users_count AS total FROM directory_statistics) AS totals
  LEFT JOIN LATERAL (SELECT * FROM users ORDER BY {order:users} LIMIT :limit::bigint OFFSET :offset::bigint) AS users ON true
  {seen_memberships}
 ORDER BY {order:users}, memberships.created_at, memberships.id

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
  CROSS JOIN LATERAL (SELECT memberships.organization_id AS id,
                             (SELECT name FROM organizations WHERE id = muster_own_organization()) AS name) AS organizations
 WHERE :q::text IS NULL AND :sort::text IS NULL AND NOT muster_caller_is_employee()
 ORDER BY memberships.user_created_at, memberships.user_id

-- Any other page: the people whom the caller may see, found by words and in any order.
-- name: users_visible
WITH matching AS MATERIALIZED (
  SELECT users.id FROM users
   WHERE :q::text IS NULL AND muster_caller_is_employee()
  UNION
  SELECT users.id FROM user_words AS words JOIN users ON users.id = words.id
   WHERE :q::text IS NOT NULL AND words.search @@ muster_words_query(:q)
     AND (muster_caller_is_employee() OR users.id = muster_caller() OR {caller_administers_user})
  UNION
  SELECT theirs.user_id FROM memberships AS own
    JOIN memberships AS theirs ON theirs.organization_id = own.organization_id AND theirs.user_id IS NOT NULL
   WHERE :q::text IS NULL AND own.user_id = muster_caller() AND own.role = 1 AND own.status = 'active'
  UNION
  SELECT users.id FROM users WHERE :q::text IS NULL AND users.id = muster_caller()
)
SELECT totals.total, {user_columns}
  FROM (SELECT count(*) AS total FROM matching) AS totals
  LEFT JOIN LATERAL (SELECT users.* FROM matching JOIN users ON users.id = matching.id
                      ORDER BY {order:users} LIMIT :limit::bigint OFFSET :offset::bigint) AS users ON true
  {seen_memberships}
 ORDER BY {order:users}, memberships.created_at, memberships.id

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
