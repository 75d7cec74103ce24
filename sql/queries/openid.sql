-- Keys of OpenID tokens: the one that signs, those that are published, and their change.

-- The key that signs now: at this statement, since whoever waited for another to make a key began before that one did.
-- name: openid_key_current
SELECT id, private_key FROM openid_keys WHERE signs_from <= statement_timestamp() ORDER BY signs_from DESC, id LIMIT 1

-- What a key signed is good for 15 minutes and may be read by a clock that is late: for an hour behind its successor's start it is published.
-- fragment: last_that_is_needed
(SELECT coalesce(max(signs_from), '-infinity') FROM openid_keys WHERE signs_from <= now() - interval '1 hour')

-- The key that signs, the one that will, and those whose tokens may still be good.
-- name: openid_keys_published
SELECT id, public_key FROM openid_keys WHERE signs_from >= {last_that_is_needed} ORDER BY signs_from DESC, id

-- One change of keys at a time, on all hosts.
-- name: openid_keys_lock
SELECT pg_advisory_xact_lock(7215305)

-- A key that is published but does not sign yet.
-- name: openid_key_next
SELECT id, signs_from FROM openid_keys WHERE signs_from > now()

-- Keys as releases before this kept them, and whether any is sealed.
-- name: openid_keys_bare
SELECT id, private_key FROM openid_keys WHERE substring(private_key FROM 1 FOR 1) <> '\x01'

-- name: openid_keys_sealed
SELECT count(*) AS sealed FROM openid_keys WHERE substring(private_key FROM 1 FOR 1) = '\x01'

-- name: openid_key_seal
UPDATE openid_keys SET private_key = :sealed WHERE id = :id AND private_key = :bare

-- name: openid_key_create
INSERT INTO openid_keys (id, private_key, public_key, signs_from)
VALUES (:id, :private_key, :public_key, now() + make_interval(secs => :delay::bigint))
RETURNING id, signs_from

-- Forgets keys that nothing needs any more; with :all every one but :keep.
-- name: openid_keys_forget
DELETE FROM openid_keys WHERE id <> :keep AND (:all::boolean OR signs_from < {last_that_is_needed})
