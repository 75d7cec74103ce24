-- API keys: made, listed, ended and replaced by the command line; checked at each request.

-- A key that was revoked, has expired or belongs to nobody gives no row. Its use is noted once a minute, and stays whatever becomes of the request.
-- name: api_key_find
WITH found AS (
  SELECT id, organization_id, prefix, scopes FROM presented_keys
   WHERE key_hash = :key_hash AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
), used AS (
  INSERT INTO api_key_uses (api_key_id, last_used_at) SELECT id, now() FROM found
  ON CONFLICT (api_key_id) DO UPDATE SET last_used_at = now()
   WHERE api_key_uses.last_used_at < now() - interval '1 minute'
)
SELECT id, organization_id, prefix, :scope::text = ANY (scopes) AS permitted FROM found

-- The prefix is drawn; one that is taken gives no row, and another is drawn.
-- name: api_key_create
INSERT INTO api_keys (organization_id, prefix, key_hash, name, scopes, expires_at)
VALUES (:organization::uuid, :prefix, :key_hash, :name, :scopes::text[], :expires_at::timestamptz)
ON CONFLICT (prefix) DO NOTHING
RETURNING id, prefix

-- All keys, or those of one organization, the newest last.
-- name: api_keys
SELECT api_keys.prefix, api_keys.organization_id, api_keys.name, array_to_string(api_keys.scopes, ',') AS scopes,
       to_json(api_keys.scopes) AS scopes_list, api_keys.created_at, api_keys.expires_at, api_keys.revoked_at,
       api_key_uses.last_used_at, successor.prefix AS successor
  FROM api_keys
  LEFT JOIN api_key_uses ON api_key_uses.api_key_id = api_keys.id
  LEFT JOIN api_keys AS successor ON successor.id = api_keys.successor_id
 WHERE :organization::uuid IS NULL OR api_keys.organization_id = :organization::uuid
 ORDER BY api_keys.created_at, api_keys.id

-- A key that is to be changed, locked; whether it is still good.
-- name: api_key_to_change
SELECT api_keys.id, api_keys.prefix, api_keys.organization_id, api_keys.name, api_keys.scopes, api_keys.expires_at,
       (SELECT successor.prefix FROM api_keys AS successor WHERE successor.id = api_keys.successor_id) AS successor,
       revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AS good
  FROM api_keys WHERE prefix = :prefix FOR NO KEY UPDATE

-- The first time counts.
-- name: api_key_revoke
UPDATE api_keys SET revoked_at = now() WHERE id = :key::uuid AND revoked_at IS NULL

-- The key lives on for the overlap, unless it ends earlier by itself.
-- name: api_key_replace
UPDATE api_keys
   SET successor_id = :successor::uuid,
       revoked_at = CASE WHEN :at_once::boolean THEN now() END,
       expires_at = CASE WHEN :at_once::boolean THEN expires_at ELSE least(expires_at, now() + interval '24 hours') END
 WHERE id = :key::uuid
