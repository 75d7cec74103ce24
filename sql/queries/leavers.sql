-- People who leave one organization, one or ten thousand at once. What is to go is locked first; each statement behind that sees what was committed until
-- then, and nobody can add a session or a membership to a user who is locked.

-- Deletions of one organization follow each other, so that they never wait for each other crosswise. Plans are kept: one that was made while a table was small
-- would compare each of its rows with thousands of ids later.
-- name: leavers_organization
SELECT id, set_config('enable_seqscan', 'off', true) AS plans_set
  FROM organizations WHERE id = :organization::uuid FOR NO KEY UPDATE

-- The memberships of users with these addresses, which are in lower case. Each is looked up for its user: a join might read all people of the organization for
-- each address, since nothing tells beforehand how many there are of either.
-- name: leavers_by_user
SELECT memberships.id, users.id AS user_id, users.email
  FROM users
  CROSS JOIN LATERAL (
    SELECT own.id FROM memberships AS own
     WHERE own.user_id = users.id AND own.organization_id = :organization::uuid FOR UPDATE
  ) AS memberships
 WHERE users.email = ANY (:addresses::text[])
   FOR UPDATE OF users

-- The memberships that have these addresses themselves; their users are locked by leavers_lock.
-- name: leavers_by_membership
SELECT id, user_id, email
  FROM memberships
 WHERE organization_id = :organization::uuid AND email = ANY (:addresses::text[])
 ORDER BY id
   FOR UPDATE

-- name: leavers_lock
SELECT count(*) AS users
  FROM (SELECT id FROM users WHERE id = ANY (:users::uuid[]) ORDER BY id FOR UPDATE) AS locked

-- Everything by which these users get in ends, whatever other organizations they belong to, with what was counted by the hashes of their names. Places in teams
-- go while the memberships can still tell how they were counted. Sessions that were good are counted.
-- name: leavers_end_access
WITH sessions_gone AS (
  DELETE FROM sessions WHERE user_id = ANY (:users::uuid[]) RETURNING expires_at
), resets_gone AS (
  DELETE FROM password_resets WHERE user_id = ANY (:users::uuid[])
), failures_gone AS (
  DELETE FROM sign_in_failures
   WHERE EXISTS (SELECT 1 FROM sign_in_failures)
     AND name_hash = ANY (ARRAY(
           SELECT sha256(convert_to(lower(name), 'UTF8'))
             FROM (SELECT unnest(ARRAY[username, email, 'security token ' || number] || former_uids)
                     FROM users WHERE id = ANY (:users::uuid[])
                   UNION ALL SELECT email FROM memberships WHERE id = ANY (:memberships::uuid[])) AS names (name)
            WHERE name IS NOT NULL))
), learning_gone AS (
  DELETE FROM team_members WHERE membership_id = ANY (:memberships::uuid[])
), leading_gone AS (
  DELETE FROM team_admins WHERE membership_id = ANY (:memberships::uuid[])
)
SELECT count(*) FILTER (WHERE expires_at > now()) AS sessions_ended FROM sessions_gone

-- The memberships end. Who belongs to no other organization is erased; employees belong to the house and stay.
-- name: leavers_erase
WITH erased AS (
  DELETE FROM users
   WHERE users.id = ANY (:users::uuid[]) AND NOT users.worklete_employee
     AND NOT EXISTS (SELECT 1 FROM memberships
                      WHERE memberships.user_id = users.id AND memberships.organization_id <> :organization::uuid)
)
DELETE FROM memberships WHERE id = ANY (:memberships::uuid[])

-- name: deletion_receipt_create
INSERT INTO deletion_receipts (organization_id, api_key_id, requested, deleted, sessions_ended, deleted_hashes, not_found_hashes)
VALUES (:organization::uuid, :api_key::uuid, :requested::integer, :deleted::integer, :sessions_ended::integer,
        :deleted_hashes, :not_found_hashes)
RETURNING id

-- name: deletion_receipt
SELECT id, organization_id, at, requested, deleted, sessions_ended, deleted_hashes, not_found_hashes
  FROM deletion_receipts WHERE id = :receipt::uuid
