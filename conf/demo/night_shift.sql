-- The team of the demo's accounts finds its place in the company that conf/demo/company.sql has made: it stands below a site, has an area manager for its
-- admin, and its people have job titles. For psql, behind that file, with the same variables and the team's id.

UPDATE teams SET parent_id = (SELECT id FROM company_teams WHERE has_teams AND level = :levels - 1 ORDER BY place LIMIT 1)
 WHERE id = :'team';

UPDATE memberships SET job_title = coalesce(job_title, pg_temp.job_title(people.place))
  FROM (SELECT membership_id, row_number() OVER (ORDER BY membership_id) AS place FROM team_members WHERE team_id = :'team') AS people
 WHERE memberships.id = people.membership_id;

INSERT INTO team_admins (team_id, membership_id, organization_id)
SELECT :'team', membership_id, :'organization' FROM company_people WHERE area_number IS NOT NULL ORDER BY number LIMIT 1;

-- Who that is.
SELECT username FROM company_people WHERE area_number IS NOT NULL ORDER BY number LIMIT 1;
