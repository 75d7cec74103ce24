-- Security tokens of the API that counts people.

-- The caller and the organization that the token is for, both set for the rest of the transaction. Nobody is an employee here: a token is good for one
-- organization.
-- fragment: token_caller_columns
user_id AS caller_id, organization_id, role,
       set_config('muster.user_id', user_id::text, true) AS caller_set,
       set_config('muster.employee', 'false', true) AS employee_set,
       set_config('muster.organization_id', organization_id::text, true) AS organization_set,
       set_config('muster.organizations', ARRAY[organization_id]::text, true) AS organizations_set

-- Who may not sign in or has no active membership any more gives no row.
-- fragment: token_is_valid
token_hash = :token_hash AND number = :identity::bigint AND enabled AND status = 'active'

-- name: security_token_find
SELECT {token_caller_columns}
  FROM token_callers
 WHERE {token_is_valid}

-- How often a name failed in the window that runs.
-- name: sign_in_failures_recent
SELECT coalesce(sum(failures), 0) AS failures FROM sign_in_failures
 WHERE name_hash = :name_hash AND window_started_at > now() - interval '15 minutes'

-- A new token ends the old one.
-- name: security_token_set
INSERT INTO security_tokens (membership_id, organization_id, token_hash)
SELECT id, organization_id, :token_hash FROM memberships WHERE id = :membership::uuid
ON CONFLICT (membership_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = now()
RETURNING membership_id

-- The memberships by which a user can have a token, the oldest first.
-- name: security_token_memberships
SELECT memberships.id, memberships.organization_id, users.number
  FROM users JOIN memberships ON memberships.user_id = users.id AND memberships.status = 'active'
 WHERE (users.email = lower(:name) OR lower(users.username) = lower(:name)) AND users.enabled
   AND (:organization::uuid IS NULL OR memberships.organization_id = :organization::uuid)
 ORDER BY memberships.created_at, memberships.id
