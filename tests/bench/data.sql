-- A directory of :people people for the bench, every token and id of which can be computed from a number.
--
-- The first people, up to :large, belong to one large company with 2,000 teams; all others, and every second of those, to small ones without teams, so
-- that each has one or two memberships. The first hundred administer the large company and have no other; the hundred behind them are employees of
-- the house besides. All have one session and one password.
\set ON_ERROR_STOP on
\set small_size 50

BEGIN;
SET maintenance_work_mem = '512MB';

-- What is made here is right by its making, and an event for each of a million people says nothing that a measurement needs: of the triggers, only those
-- that count are left.
SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) FROM pg_trigger
 WHERE tgname !~ '^(counted|statistics_start)' \gexec

-- Indexes are made faster from all rows than row by row.
CREATE TEMP TABLE later AS
SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition
  FROM pg_index
 WHERE NOT indisunique AND indrelid = ANY ('{users,memberships,organization_people,sessions,invitations}'::regclass[]);
SELECT format('DROP INDEX %s', name) FROM later \gexec

\set organization 00000000-0002-4000-8000-000000000000
\set everybody :people
\set first 1
\set levels 8
\set fan 2.42
\set admins 100
\set invited 0
\set inactive 0
\set username 'person%3$s'
SELECT least(:everybody, :large) AS people \gset

INSERT INTO organizations (id, name) VALUES (:'organization', 'The Large One');
INSERT INTO teams (organization_id, name, type) VALUES (:'organization', 'The Large One', 'ORGANIZATION');
\i :company

-- Who belongs to one company is told of it at once, the others behind.
INSERT INTO users (id, username, email, provider, first_name, last_name, password_hash, created_at, organization_ids, active_organization_ids)
SELECT pg_temp.id_of('1', i), 'person' || i, 'person' || i || '@example.com', 'username', pg_temp.first_name(i), pg_temp.last_name(i), :'hash',
       now() - interval '1 year' + i * interval '1 second', small, small
  FROM generate_series(:people + 1, :everybody) AS i
  CROSS JOIN LATERAL (SELECT ARRAY[pg_temp.id_of('2', 1 + i % (:everybody / :small_size))] AS small) AS company;

INSERT INTO organizations (id, name)
SELECT pg_temp.id_of('2', i), 'Small Company ' || i FROM generate_series(1, :everybody / :small_size) AS i;
INSERT INTO teams (organization_id, name, type) SELECT id, name, 'ORGANIZATION' FROM organizations WHERE id <> :'organization';

INSERT INTO memberships (id, organization_id, user_id, user_created_at, first_name, last_name, job_title, status, joined_at)
SELECT pg_temp.id_of('4', i), pg_temp.id_of('2', 1 + i % (:everybody / :small_size)), users.id, users.created_at, users.first_name, users.last_name,
       pg_temp.job_title(i), 'active', users.created_at
  FROM generate_series(101, :everybody) AS i JOIN users ON users.id = pg_temp.id_of('1', i)
 WHERE i > :people OR i % 2 = 0;

-- As the triggers do for each that joins.
SELECT users_belong(array_agg(user_id)) FROM company_people \gset
INSERT INTO organization_people (organization_id, user_id, first_name, last_name, username, created_at, search)
SELECT memberships.organization_id, users.id, users.first_name, users.last_name, users.username, users.created_at,
       muster_words_of(memberships.organization_id, concat_ws(' ', users.first_name, users.last_name, users.username, users.email))
  FROM memberships JOIN users ON users.id = memberships.user_id;

INSERT INTO sessions (token_hash, user_id, client, created_at, expires_at)
SELECT sha256(convert_to('bench-token-of-forty-three-characters-' || lpad(i::text, 8, '0'), 'UTF8')), pg_temp.id_of('1', i),
       'bench-client-' || lpad(i::text, 9, '0'), now(), now() + interval '14 days'
  FROM generate_series(1, :everybody) AS i;

UPDATE users SET worklete_employee = true WHERE id IN (SELECT pg_temp.id_of('1', i) FROM generate_series(101, 200) AS i);

SELECT definition FROM later \gexec
SELECT format('ALTER TABLE %s ENABLE TRIGGER %I', tgrelid::regclass, tgname) FROM pg_trigger WHERE tgenabled = 'D' \gexec

COMMIT;
VACUUM ANALYZE;
CHECKPOINT;
