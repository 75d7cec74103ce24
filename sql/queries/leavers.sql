-- People who leave one organization, one or ten thousand at once. What is to go is locked first; each statement behind that sees what was committed until
-- then, and nobody can add a session or a membership to a user who is locked.
--
-- Somebody who is found by both addresses, the user's and the membership's, comes twice. Each row is looked up for its id or address (LATERAL with OFFSET 0 or FOR UPDATE cannot be turned into a join), and rows are deleted by their places: nothing
-- tells beforehand how many there are, and a join that is right for a few would pair everything with everything.

-- Deletions of one organization follow each other, so that they never wait for each other crosswise. For many people plans are made anew, and a statement may run
-- so many milliseconds.
-- name: leavers_organization
SELECT id, CASE WHEN :people::integer > 100 THEN muster_forget_plans() END AS plans_forgotten,
       set_config('enable_seqscan', 'off', true) AS plans_set, set_config('statement_timeout', :milliseconds::text, true) AS time_set
  FROM organizations WHERE id = :organization::uuid FOR NO KEY UPDATE

-- The memberships of users with these addresses, which are in lower case.
-- name: leavers_by_user
SELECT memberships.id, users.id AS user_id, users.email
  FROM unnest(:addresses::text[]) AS address
  CROSS JOIN LATERAL (SELECT found.id, found.email FROM users AS found WHERE found.email = address FOR UPDATE) AS users
  CROSS JOIN LATERAL (SELECT found.id FROM memberships AS found
                       WHERE found.user_id = users.id AND found.organization_id = :organization::uuid FOR UPDATE) AS memberships

-- The memberships that have these addresses themselves; their users are locked by leavers_lock.
-- name: leavers_by_membership
SELECT memberships.id, memberships.user_id, memberships.email
  FROM unnest(:addresses::text[]) AS address
  CROSS JOIN LATERAL (SELECT found.id, found.user_id, found.email FROM memberships AS found
                       WHERE found.organization_id = :organization::uuid AND found.email = address FOR UPDATE) AS memberships

-- name: leavers_lock
SELECT count(*) AS users
  FROM unnest(:users::uuid[]) AS leaving (id)
  CROSS JOIN LATERAL (SELECT found.id FROM users AS found WHERE found.id = leaving.id FOR UPDATE) AS locked

-- Everything by which these users get in ends, whatever other organizations they belong to, with what was counted by the hashes of their names. Places in teams
-- go while the memberships can still tell how they were counted, and with them all that the keys of memberships would look for one by one. Sessions that were
-- good are counted. What others may change meanwhile is deleted by whose it is, not by its place, where a new version of it would not be found.
-- name: leavers_end_access
WITH users_leaving AS MATERIALIZED (
  SELECT DISTINCT leaving.id FROM unnest(:users::uuid[]) AS leaving (id)
), memberships_leaving AS MATERIALIZED (
  SELECT DISTINCT leaving.id FROM unnest(:memberships::uuid[]) AS leaving (id)
), names AS (
  SELECT unnest(ARRAY[users.username, users.email, 'security token ' || users.number] || users.former_uids) AS name
    FROM users_leaving
    CROSS JOIN LATERAL (SELECT * FROM users AS found WHERE found.id = users_leaving.id OFFSET 0) AS users
   WHERE EXISTS (SELECT 1 FROM sign_in_failures)
  UNION ALL
  SELECT memberships.email
    FROM memberships_leaving
    CROSS JOIN LATERAL (SELECT found.email FROM memberships AS found WHERE found.id = memberships_leaving.id OFFSET 0) AS memberships
   WHERE EXISTS (SELECT 1 FROM sign_in_failures)
), failures_gone AS (
  DELETE FROM sign_in_failures WHERE ctid = ANY (ARRAY(
    SELECT failures.ctid FROM names
     CROSS JOIN LATERAL (SELECT found.ctid FROM sign_in_failures AS found
                          WHERE found.name_hash = sha256(convert_to(lower(names.name), 'UTF8')) OFFSET 0) AS failures))
), resets_gone AS (
  DELETE FROM password_resets WHERE user_id = ANY (:users::uuid[])
), learning_gone AS (
  DELETE FROM team_members WHERE ctid = ANY (ARRAY(
    SELECT places.ctid FROM memberships_leaving
     CROSS JOIN LATERAL (SELECT found.ctid FROM team_members AS found WHERE found.membership_id = memberships_leaving.id OFFSET 0) AS places))
), leading_gone AS (
  DELETE FROM team_admins WHERE ctid = ANY (ARRAY(
    SELECT places.ctid FROM memberships_leaving
     CROSS JOIN LATERAL (SELECT found.ctid FROM team_admins AS found WHERE found.membership_id = memberships_leaving.id OFFSET 0) AS places))
), stays_gone AS (
  DELETE FROM team_stays WHERE membership_id = ANY (:memberships::uuid[])
), assignments_gone AS (
  DELETE FROM assignments WHERE membership_id = ANY (:memberships::uuid[])
), invitations_gone AS (
  DELETE FROM invitations WHERE membership_id = ANY (:memberships::uuid[])
), people_gone AS (
  DELETE FROM organization_people WHERE user_id = ANY (:users::uuid[]) AND organization_id = :organization::uuid
), sessions_gone AS (
  DELETE FROM sessions WHERE user_id = ANY (:users::uuid[]) RETURNING expires_at
)
SELECT count(*) FILTER (WHERE expires_at > now()) AS sessions_ended, set_config('muster.places_taken', 'on', true) AS places_taken FROM sessions_gone

-- The memberships end. Who belongs to no other organization is erased; employees belong to the house and stay.
-- name: leavers_erase
WITH erased AS (
  DELETE FROM users WHERE ctid = ANY (ARRAY(
    SELECT people.ctid FROM (SELECT DISTINCT unnest(:users::uuid[]) AS id) AS leaving
     CROSS JOIN LATERAL (
       SELECT found.ctid FROM users AS found
        WHERE found.id = leaving.id AND NOT found.worklete_employee
          AND NOT EXISTS (SELECT 1 FROM memberships AS others
                           WHERE others.user_id = found.id AND others.organization_id <> :organization::uuid) OFFSET 0) AS people))
)
DELETE FROM memberships WHERE ctid = ANY (ARRAY(
  SELECT own.ctid FROM (SELECT DISTINCT unnest(:memberships::uuid[]) AS id) AS leaving
   CROSS JOIN LATERAL (SELECT found.ctid FROM memberships AS found WHERE found.id = leaving.id OFFSET 0) AS own))

-- name: deletion_receipt_create
INSERT INTO deletion_receipts (organization_id, api_key_id, requested, deleted, sessions_ended, deleted_hashes, not_found_hashes)
VALUES (:organization::uuid, :api_key::uuid, :requested::integer, :deleted::integer, :sessions_ended::integer,
        :deleted_hashes, :not_found_hashes)
RETURNING id

-- name: deletion_receipt
SELECT id, organization_id, at, requested, deleted, sessions_ended, deleted_hashes, not_found_hashes
  FROM deletion_receipts WHERE id = :receipt::uuid
