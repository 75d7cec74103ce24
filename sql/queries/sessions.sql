-- Sessions: opening, checking, ending them.

-- A User with its memberships, one row a membership, as their tables have it ready; there may be none.
-- fragment: user_columns
users.rendering, memberships.rendering AS membership_rendering, organizations.rendering AS organization_rendering

-- What the check of a session tells of the caller; it also sets who calls for the rest of the transaction.
-- fragment: caller_columns
users.id AS caller_id, users.uid AS caller_uid, users.worklete_employee AS caller_employee,
       sessions.client AS session_client, sessions.expires_at AS session_expires_at,
       sessions.created_at AS session_created_at, sessions.rotated_at AS session_rotated_at,
       set_config('muster.user_id', users.id::text, true) AS caller_set,
       set_config('muster.employee', users.worklete_employee::text, true) AS employee_set

-- Client and uid are null where the token came alone. A session that was told an earlier uid still sends it.
-- fragment: session_is_valid
sessions.token_hash = :token_hash
   AND sessions.expires_at > now()
   AND users.enabled
   AND (:client::text IS NULL OR sessions.client = :client)
   AND (:uid::text IS NULL OR lower(users.uid) = lower(:uid) OR lower(:uid) = ANY (users.former_uids))

-- The usual check.
-- name: session_find
SELECT {caller_columns}
  FROM sessions JOIN users ON users.id = sessions.user_id
 WHERE {session_is_valid}

-- The check with everything that a session's answer shows, in one statement.
-- name: session_show
SELECT {caller_columns},
       {user_columns}
  FROM sessions
  JOIN users ON users.id = sessions.user_id
  LEFT JOIN memberships ON memberships.user_id = users.id AND memberships.status <> 'inactive'
  LEFT JOIN organizations ON organizations.id = memberships.organization_id
 WHERE {session_is_valid}
 ORDER BY memberships.created_at, memberships.id

-- The token that took the place of the presented one less than five seconds ago.
-- name: session_of_previous_token
SELECT token_hash FROM sessions
 WHERE previous_token_hash = :token_hash AND rotated_at > now() - interval '5 seconds'

-- Changes the token unless that was done within the last five seconds (by a request at the same time, say).
-- name: session_rotate
UPDATE sessions SET token_hash = :new_token_hash, previous_token_hash = token_hash, rotated_at = now()
  FROM users
 WHERE users.id = sessions.user_id
   AND (sessions.rotated_at IS NULL OR sessions.rotated_at <= now() - interval '5 seconds')
   AND {session_is_valid}
RETURNING sessions.client

-- name: session_create
INSERT INTO sessions (token_hash, user_id, client, expires_at)
VALUES (:token_hash, :user, :client, :expires_at)
RETURNING client

-- The sessions beyond the limit, oldest first, and those that have ended.
-- name: sessions_prune
DELETE FROM sessions
 WHERE user_id = :user
   AND (expires_at <= now()
        OR token_hash IN (SELECT kept.token_hash FROM sessions AS kept
                           WHERE kept.user_id = :user AND kept.expires_at > now()
                           ORDER BY kept.created_at DESC, kept.client OFFSET :keep::bigint))

-- name: session_delete
DELETE FROM sessions WHERE client = :client

-- All sessions of a user but one; :client null: all.
-- name: sessions_delete_others
DELETE FROM sessions WHERE user_id = :user AND (:client::text IS NULL OR client <> :client)
