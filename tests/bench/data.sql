-- A directory of :people people for the bench, every token, name and id of which can be computed from a number.
--
-- Person i is member of the large organization while that has less than :large people, and of a small one otherwise or if i is even: one or
-- two memberships each. The first hundred administer the large organization and have no other. All have one session and one password.
\set ON_ERROR_STOP on
\set small_size 50

BEGIN;

CREATE FUNCTION pg_temp.spread(i bigint) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN lpad(to_hex(i * 2654435761 % 4294967296), 8, '0');
-- Neighbours in number are far apart in the index, as random ids are.
CREATE FUNCTION pg_temp.id_of(kind text, i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
  RETURN (pg_temp.spread(i) || '-000' || kind || '-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid;

-- An event for each of a million people says nothing that a measurement needs.
ALTER TABLE users DISABLE TRIGGER audit_create;
ALTER TABLE organizations DISABLE TRIGGER audit_create;
ALTER TABLE memberships DISABLE TRIGGER audit_create;
ALTER TABLE sessions DISABLE TRIGGER audit_create;

INSERT INTO users (id, username, email, provider, first_name, last_name, password_hash, sign_in_count, created_at,
                   current_sign_in_at, current_sign_in_ip)
OVERRIDING USER VALUE
SELECT pg_temp.id_of('1', i), 'person' || i, 'person' || i || '@example.com', 'username',
       (ARRAY['Ada', 'Bruno', 'Chloé', 'Dmitri', 'Emma', 'Farid', 'Greta', 'Hugo', 'Inés', 'Jonas', 'Kaito'])[1 + i % 11],
       (ARRAY['Adams', 'Brown', 'Çelik', 'Dupont', 'Evans', 'Fischer', 'García', 'Haddad', 'Ito', 'Jensen', 'Kowalski', 'Löwe', 'Meyer'])[1 + i % 13],
       :'hash', 1, now() - interval '1 year' + i * interval '1 second', now() - i * interval '1 second',
       '192.0.2.0'::inet + i % 250
  FROM generate_series(1, :people) AS i;

INSERT INTO organizations (id, name)
SELECT pg_temp.id_of('2', i), CASE i WHEN 0 THEN 'The Large One' ELSE 'Small Company ' || i END
  FROM generate_series(0, :people / :small_size) AS i;

INSERT INTO memberships (id, organization_id, user_id, user_created_at, first_name, last_name, job_title, role, status, joined_at)
SELECT pg_temp.id_of(kind, i), organization_id, users.id, users.created_at, users.first_name, users.last_name, 'Driver',
       CASE WHEN kind = '3' AND i <= 100 THEN 1 ELSE 3 END, 'active', users.created_at
  FROM (SELECT '3' AS kind, i, pg_temp.id_of('2', 0) AS organization_id FROM generate_series(1, least(:people, :large)) AS i
        UNION ALL
        SELECT '4', i, pg_temp.id_of('2', 1 + i % (:people / :small_size)) FROM generate_series(101, :people) AS i
         WHERE i > :large OR i % 2 = 0) AS belonging
  JOIN users ON users.id = pg_temp.id_of('1', i);

INSERT INTO sessions (token_hash, user_id, client, created_at, expires_at)
SELECT sha256(convert_to('bench-token-of-forty-three-characters-' || lpad(i::text, 8, '0'), 'UTF8')), pg_temp.id_of('1', i),
       'bench-client-' || lpad(i::text, 9, '0'), now(), now() + interval '14 days'
  FROM generate_series(1, :people) AS i;

ALTER TABLE users ENABLE TRIGGER audit_create;
ALTER TABLE organizations ENABLE TRIGGER audit_create;
ALTER TABLE memberships ENABLE TRIGGER audit_create;
ALTER TABLE sessions ENABLE TRIGGER audit_create;

COMMIT;
VACUUM ANALYZE;
CHECKPOINT;
