-- SAML sign-on.

-- fragment: saml_provider_columns
organizations.id AS organization_id, organizations.saml_info, organizations.saml_unsolicited, organizations.saml_join,
       organizations.saml_attributes ->> 'identity' AS identity_attribute,
       organizations.saml_attributes ->> 'first_name' AS first_name_attribute,
       organizations.saml_attributes ->> 'last_name' AS last_name_attribute

-- The organization that an identity provider speaks for.
-- name: saml_provider
SELECT {saml_provider_columns} FROM organizations WHERE saml_entity_id = :entity_id

-- name: saml_provider_of_organization
SELECT {saml_provider_columns} FROM organizations WHERE id = :organization::uuid AND saml_info IS NOT NULL

-- Remembers a request; those that nobody answered go.
-- name: saml_request_remember
WITH gone AS (DELETE FROM saml_requests WHERE expires_at < now())
INSERT INTO saml_requests (id_hash, organization_id, cookie_hash, expires_at)
VALUES (:id_hash, :organization::uuid, :cookie_hash, now() + interval '10 minutes')
RETURNING expires_at

-- A request is answered once, by its organization's identity provider, in the browser that began it.
-- name: saml_request_take
DELETE FROM saml_requests
 WHERE id_hash = :id_hash AND organization_id = :organization::uuid AND cookie_hash = :cookie_hash AND expires_at > now()
RETURNING id_hash

-- Of two uses at once the second waits for the first, and gets no row. Those that have expired anyway go.
-- name: saml_assertion_remember
WITH gone AS (DELETE FROM saml_assertions WHERE expires_at < now())
INSERT INTO saml_assertions (organization_id, id_hash, expires_at)
VALUES (:organization::uuid, :id_hash, :expires_at::timestamptz)
ON CONFLICT DO NOTHING
RETURNING id_hash

-- Who of the organization has that address or username; an address alone holds an @.
-- name: saml_member
SELECT accounts.id AS user_id, accounts.enabled, accounts.worklete_employee, memberships.status
  FROM accounts JOIN memberships ON memberships.user_id = accounts.id
 WHERE (accounts.email = :name OR lower(accounts.username) = :name) AND memberships.organization_id = :organization::uuid

-- An invitation for that address which nobody has used.
-- name: saml_invited
SELECT id AS membership_id, first_name, last_name
  FROM memberships
 WHERE organization_id = :organization::uuid AND email = :email AND user_id IS NULL AND status = 'invited'
 ORDER BY created_at, id LIMIT 1
   FOR UPDATE

-- name: saml_invitation_used
UPDATE invitations SET used_at = now() WHERE membership_id = :membership::uuid AND used_at IS NULL

-- Counts the sign-in; the row's lock makes sign-ins of one user follow each other, so that the limit of sessions holds.
-- name: saml_signed_in
UPDATE users
   SET sign_in_count = sign_in_count + 1, last_sign_in_at = current_sign_in_at, last_sign_in_ip = current_sign_in_ip,
       current_sign_in_at = now(), current_sign_in_ip = :address::inet
 WHERE id = :user AND enabled
RETURNING uid

-- Why a message was refused, for administrators.
-- name: saml_refused
INSERT INTO audit_events (action, thing_type, organization_id, after)
VALUES ('saml.refused', 'saml', :organization::uuid, jsonb_build_object('reason', :reason::text))

-- What is null stays.
-- name: saml_settings_update
UPDATE organizations
   SET saml_unsolicited = coalesce(:unsolicited::boolean, saml_unsolicited), saml_join = coalesce(:join::boolean, saml_join),
       saml_attributes = saml_attributes || coalesce(:attributes::jsonb, '{}'), updated_at = now()
 WHERE id = :organization::uuid
RETURNING saml_unsolicited, saml_join, saml_attributes
