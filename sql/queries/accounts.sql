-- Accounts: sign-up, sign-in, own account, passwords.

-- Who signs in: by username, or by address, which alone holds an @; and how often that name failed of late.
-- name: account_find
SELECT accounts.id AS user_id, accounts.password_hash, accounts.enabled, accounts.username, accounts.email,
       coalesce(failures.failures, 0) AS failures,
       ceil(extract(epoch FROM failures.window_started_at + interval '15 minutes' - now()))::integer AS wait
  FROM (SELECT 1) AS one
  LEFT JOIN accounts ON accounts.email = lower(:name) OR lower(accounts.username) = lower(:name)
  LEFT JOIN sign_in_failures AS failures
    ON failures.name_hash = :name_hash AND failures.window_started_at > now() - interval '15 minutes'

-- name: sign_in_failed
INSERT INTO sign_in_failures AS failures (name_hash, failures, window_started_at)
VALUES (:name_hash, 1, now())
ON CONFLICT (name_hash) DO UPDATE
   SET failures = CASE WHEN failures.window_started_at > now() - interval '15 minutes' THEN failures.failures + 1 ELSE 1 END,
       window_started_at = CASE WHEN failures.window_started_at > now() - interval '15 minutes'
                                THEN failures.window_started_at ELSE now() END
RETURNING failures.failures, ceil(extract(epoch FROM failures.window_started_at + interval '15 minutes' - now()))::integer AS wait

-- A success or a reset clears the names of the account, and what nobody will ask for any more goes too.
-- name: sign_in_failures_clear
DELETE FROM sign_in_failures
 WHERE name_hash = ANY (ARRAY[:name_hash::bytea, :username_hash::bytea, :email_hash::bytea])
    OR window_started_at < now() - interval '1 day'

-- Counts a sign-in. The row's lock makes sign-ins of one user follow each other, so that the limit of sessions holds. A null hash
-- leaves the stored one.
-- name: user_signed_in
UPDATE users
   SET sign_in_count = sign_in_count + 1,
       last_sign_in_at = current_sign_in_at, last_sign_in_ip = current_sign_in_ip,
       current_sign_in_at = now(), current_sign_in_ip = :address::inet,
       password_hash = coalesce(:password_hash, password_hash)
 WHERE id = :user AND enabled AND password_hash = :verified_hash
RETURNING id

-- Which of these names somebody has.
-- name: names_taken
SELECT EXISTS (SELECT 1 FROM accounts WHERE lower(username) = lower(:username)) AS username_taken,
       EXISTS (SELECT 1 FROM accounts WHERE email = lower(:email)) AS email_taken

-- Whether a code can be used; why not is nobody's business.
-- name: invitation_usable
SELECT EXISTS (SELECT 1 FROM invitation_codes
                WHERE invite_code = upper(:invite_code) AND used_at IS NULL AND expires_at > now()
                  AND user_id IS NULL AND status = 'invited') AS usable

-- Takes an invitation; of two at once, one waits for the other and then finds it used.
-- name: invitation_claim
UPDATE invitations SET used_at = now()
  FROM memberships
 WHERE invite_code = upper(:invite_code) AND used_at IS NULL AND expires_at > now()
   AND memberships.id = invitations.membership_id AND memberships.user_id IS NULL AND memberships.status = 'invited'
RETURNING invitations.membership_id

-- Of whom the organization has told the language, the account has it.
-- name: user_create
INSERT INTO users (username, email, provider, first_name, last_name, language_code, password_hash, worklete_employee,
                   sign_in_count, current_sign_in_at, current_sign_in_ip)
VALUES (:username, :email, :provider, :first_name, :last_name,
        coalesce((SELECT memberships.language_code FROM memberships WHERE memberships.id = :membership::uuid), 'en'), :password_hash, coalesce(:employee::boolean, false),
        CASE WHEN :address::inet IS NULL THEN 0 ELSE 1 END, CASE WHEN :address::inet IS NULL THEN NULL ELSE now() END,
        :address::inet)
RETURNING id, created_at

-- name: membership_join
UPDATE memberships
   SET user_id = users.id, user_created_at = users.created_at, status = 'active', joined_at = now(),
       active_from = now() + make_interval(days => organizations.new_hire_delay_days), updated_at = now()
  FROM users, organizations
 WHERE memberships.id = :membership AND users.id = :user AND organizations.id = memberships.organization_id
RETURNING memberships.id

-- A session as its answer shows it, for one that was just opened or changed.
-- name: session_by_client
SELECT sessions.client AS session_client, sessions.expires_at AS session_expires_at,
       sessions.created_at AS session_created_at, users.uid,
       {user_columns}
  FROM sessions
  JOIN users ON users.id = sessions.user_id
  LEFT JOIN memberships ON memberships.user_id = users.id AND memberships.status <> 'inactive'
  LEFT JOIN organizations ON organizations.id = memberships.organization_id
 WHERE sessions.client = :client
 ORDER BY memberships.created_at, memberships.id

-- Own account. What is null stays, but for the username where :username_given. The old uid is remembered for open sessions.
-- name: account_update
UPDATE users
   SET username = CASE WHEN :username_given::boolean THEN :username ELSE username END,
       first_name = coalesce(:first_name, first_name), last_name = coalesce(:last_name, last_name),
       provider = coalesce(:provider, provider),
       former_uids = CASE WHEN lower(uid) = ANY (former_uids) THEN former_uids ELSE former_uids || lower(uid) END,
       updated_at = now()
 WHERE id = muster_caller()
RETURNING uid

-- The names of the own account, to judge a change by.
-- name: account_names
SELECT id, username, email, provider FROM users WHERE id = muster_caller() FOR NO KEY UPDATE

-- The own password. Of two changes at once the first ends the session of the second, which then changes nothing.
-- name: own_password_change
UPDATE users SET password_hash = :password_hash, updated_at = now()
 WHERE id = muster_caller() AND EXISTS (SELECT FROM sessions WHERE sessions.user_id = users.id AND sessions.client = :client)
RETURNING id, username, email

-- name: password_change
UPDATE users SET password_hash = :password_hash, updated_at = now() WHERE id = :user
RETURNING id, username, email

-- name: user_show_self
SELECT {user_columns}
  FROM users
  LEFT JOIN memberships ON memberships.user_id = users.id AND memberships.status <> 'inactive'
  LEFT JOIN organizations ON organizations.id = memberships.organization_id
 WHERE users.id = muster_caller()
 ORDER BY memberships.created_at, memberships.id

-- The reset is noted whether anybody has the address or not, so that both take the same time; old ones go.
-- name: password_reset_create
WITH gone AS (DELETE FROM password_resets WHERE expires_at < now())
INSERT INTO password_resets (token_hash, user_id, expires_at)
SELECT :token_hash, (SELECT id FROM users WHERE email = lower(:email) AND enabled), :expires_at::timestamptz
RETURNING user_id, lower(:email) AS email, coalesce((SELECT language_code FROM users WHERE id = user_id), 'en') AS language_code

-- Who gets the mail; null: nobody.
-- name: password_reset_recipient
SELECT (SELECT id FROM users WHERE email = lower(:email) AND enabled) AS user_id

-- The same for a person, when the mail is about to be sent. Whoever is gone, disabled or without an address gets none.
-- name: password_reset_for_user
WITH gone AS (DELETE FROM password_resets WHERE expires_at < now()),
     person AS (SELECT id, email, language_code FROM users WHERE id = :user AND enabled AND email IS NOT NULL),
     created AS (INSERT INTO password_resets (token_hash, user_id, expires_at) SELECT :token_hash, id, :expires_at::timestamptz FROM person)
SELECT email, language_code FROM person

-- Uses a link up: of two at once, one finds it gone. The user's other links go when the new password is set.
-- name: password_reset_use
WITH used AS (DELETE FROM password_resets WHERE token_hash = :token_hash AND expires_at > now() RETURNING user_id)
SELECT users.id AS user_id, users.uid
  FROM used JOIN users ON users.id = used.user_id AND users.enabled

-- name: password_resets_delete
DELETE FROM password_resets WHERE user_id = :user
