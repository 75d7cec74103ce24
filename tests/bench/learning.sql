-- What the large company of data.sql learns: one course, an assignment for each of its people, due in one of the last twelve months and completed by most,
-- and since when everybody is in a team. For psql, after data.sql; scores are made of it by `muster scores recompute`.
\set ON_ERROR_STOP on
\set organization 00000000-0002-4000-8000-000000000000
\set course 00000000-0006-4000-8000-000000000000
\set version 00000000-0007-4000-8000-000000000000

BEGIN;
SELECT format('ALTER TABLE %s DISABLE TRIGGER USER', tables.name) FROM unnest('{courses,course_versions,assignments,team_stays}'::text[]) AS tables (name) \gexec

INSERT INTO courses (id, name, basics) VALUES (:'course', 'How we work here', true);
INSERT INTO course_versions (id, course_id, number, status, title, published_at) VALUES (:'version', :'course', 1, 'published', 'How we work here', now());
UPDATE courses SET published_version_id = :'version', versions_count = 1 WHERE id = :'course';

INSERT INTO assignments (organization_id, membership_id, course_id, course_version_id, assigned_at, due_on, status, started_at, completed_at)
SELECT organization_id, id, :'course', :'version', due - interval '30 days', due,
       CASE WHEN number % 5 > 0 THEN 'completed' ELSE 'not_started' END,
       CASE WHEN number % 5 > 0 THEN due - interval '20 days' END,
       CASE WHEN number % 5 > 0 THEN due - interval '1 day' END
  FROM (SELECT organization_id, id, number, (now() AT TIME ZONE 'UTC' - number % 12 * interval '1 month')::date AS due
          FROM (SELECT organization_id, id, row_number() OVER (ORDER BY id) AS number
                  FROM memberships WHERE organization_id = :'organization' AND status = 'active') AS numbered) AS learners;

DELETE FROM team_stays WHERE organization_id = :'organization';
INSERT INTO team_stays (organization_id, team_id, membership_id, since)
SELECT organization_id, team_id, membership_id, now() - interval '1 year' FROM team_members WHERE organization_id = :'organization';

SELECT format('ALTER TABLE %s ENABLE TRIGGER USER', tables.name) FROM unnest('{courses,course_versions,assignments,team_stays}'::text[]) AS tables (name) \gexec
COMMIT;
VACUUM ANALYZE courses, course_versions, assignments, team_stays;
CHECKPOINT;
