-- Addresses for uploads, and the files that came.

-- name: upload_folder
SELECT coalesce(nullif(btrim(s3_integrations_folder, '/'), ''), id::text) AS folder FROM organizations WHERE id = :organization

-- The row is the answer, too.
-- name: upload_create
INSERT INTO uploads (id, organization_id, key, signature_hash, expires_at)
SELECT :id, id, :key, :signature_hash, :expires_at::timestamptz FROM organizations WHERE id = :organization
RETURNING :url::text AS url, 'PUT' AS method, key, :bucket::text AS bucket, expires_at, '{}' AS headers

-- Whether the address is good still, before a byte is taken.
-- name: upload_check
SELECT id FROM uploads
 WHERE id = :id AND signature_hash = :signature_hash AND extract(epoch FROM expires_at)::bigint = :expires::bigint AND expires_at > now() AND used_at IS NULL

-- The time was checked when the upload began; of two that came at once, one is the file.
-- name: upload_use
UPDATE uploads SET used_at = now(), size = :size::bigint
 WHERE id = :id AND signature_hash = :signature_hash AND extract(epoch FROM expires_at)::bigint = :expires::bigint
   AND expires_at > now() - interval '1 hour' AND used_at IS NULL
RETURNING organization_id, key

-- How long an address was out, and whether nobody can be at storing a file there any more.
-- name: upload_wait
SELECT organization_id, key, used_at IS NOT NULL AS complete, (extract(epoch FROM now() - created_at) * 1000000)::bigint AS age,
       expires_at < now() - interval '1 hour' AS over
  FROM uploads WHERE id = :id::uuid

-- The file came to another store, whose signature was checked there.
-- name: upload_arrive
UPDATE uploads SET used_at = now(), size = :size::bigint
 WHERE id = :id::uuid AND signature_hash IS NULL AND used_at IS NULL
RETURNING organization_id, key

-- name: upload_find
SELECT id, used_at IS NOT NULL AS complete FROM uploads WHERE key = :key
