-- SAML sign-on: what an organization lets its identity provider do, requests under way, and assertions that were used.

ALTER TABLE organizations
  -- Whether messages that nobody asked for are taken.
  ADD COLUMN saml_unsolicited boolean NOT NULL DEFAULT true,
  -- Whether somebody whom the identity provider names becomes a member where nobody has that name.
  ADD COLUMN saml_join boolean NOT NULL DEFAULT false,
  -- The attributes in which names stand, where they are not the usual ones: {"identity", "first_name", "last_name"}.
  ADD COLUMN saml_attributes jsonb NOT NULL DEFAULT '{}';

-- Requests that an identity provider has not answered yet. The browser that began it holds the other half, in a cookie.
CREATE TABLE saml_requests (
  id_hash bytea PRIMARY KEY CHECK (octet_length(id_hash) = 32),
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  cookie_hash bytea NOT NULL CHECK (octet_length(cookie_hash) = 32),
  expires_at timestamptz(3) NOT NULL
);

CREATE INDEX saml_requests_expires_at ON saml_requests (expires_at);
CREATE INDEX saml_requests_organization ON saml_requests (organization_id);

-- Assertions that signed somebody in, for as long as they could be sent again.
CREATE TABLE saml_assertions (
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  id_hash bytea NOT NULL CHECK (octet_length(id_hash) = 32),
  expires_at timestamptz(3) NOT NULL,
  PRIMARY KEY (organization_id, id_hash)
);

CREATE INDEX saml_assertions_expires_at ON saml_assertions (expires_at);

CALL guard_tenant_table('saml_requests');
CALL guard_tenant_table('saml_assertions');
