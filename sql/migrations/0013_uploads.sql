-- Files that organizations upload by an address that was made for one file: who has the address may store it, once, while it is good.

CREATE TABLE uploads (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  key text NOT NULL CONSTRAINT uploads_key_key UNIQUE,
  -- Of the address's signature. Null: the file goes to another store, which judges by itself.
  signature_hash bytea CHECK (octet_length(signature_hash) = 32),
  expires_at timestamptz(3) NOT NULL,
  used_at timestamptz(3),
  size bigint,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE INDEX uploads_organization ON uploads (organization_id, created_at);

CALL guard_tenant_table('uploads');
-- That an address was asked for changes nothing.
CALL audit_table('uploads', '{update}', 'upload', 'id', 'expires_at,used_at,size', NULL);
