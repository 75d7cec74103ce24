-- Keys that sign OpenID tokens. They are here rather than in files so that a change of keys holds on all hosts at once.

CREATE TABLE openid_keys (
  id text PRIMARY KEY CHECK (length(id) = 43), -- the thumbprint of the public half (RFC 7638)
  private_key bytea NOT NULL,
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 65), -- the point, uncompressed
  signs_from timestamptz(3) NOT NULL, -- published before, so that nobody meets a signature of a key not known yet
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

CALL audit_table('openid_keys', '{create,delete}', 'openid_key', 'id', 'signs_from', NULL);
