-- So many random changes to an organization: people come, go, move and come back, learn and practise, teams are made, moved and deleted. What the
-- program can only note at the time of the change is put into the past by hand.
CREATE FUNCTION pg_temp.live(organization uuid, steps integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  some_team uuid;
  some_member uuid;
  some_time timestamptz;
  chance double precision;
  move record;
BEGIN
  FOR step IN 1..steps LOOP
    chance := random();
    some_time := now() - random() * interval '430 days';
    SELECT id INTO some_team FROM teams WHERE organization_id = organization AND type = 'LEARNER' ORDER BY random() LIMIT 1;
    SELECT id INTO some_member FROM memberships WHERE organization_id = organization ORDER BY random() LIMIT 1;
    CASE floor(random() * 22)
    WHEN 0, 1 THEN
      INSERT INTO memberships (organization_id, first_name, last_name, status, active_from)
      VALUES (organization, 'A', 'B', CASE WHEN random() < 0.1 THEN 'inactive' ELSE 'active' END, some_time);
    WHEN 2, 3 THEN
      INSERT INTO team_members (team_id, membership_id, organization_id)
      SELECT some_team, some_member, organization WHERE some_team IS NOT NULL AND some_member IS NOT NULL ON CONFLICT DO NOTHING;
    WHEN 4 THEN
      DELETE FROM team_members WHERE membership_id = some_member AND (team_id = some_team OR random() < 0.3);
    WHEN 5, 6, 7 THEN
      UPDATE team_stays SET since = least(some_time, until)
       WHERE id = (SELECT id FROM team_stays WHERE organization_id = organization ORDER BY random() LIMIT 1);
    WHEN 8 THEN
      UPDATE team_stays SET until = greatest(some_time, since)
       WHERE id = (SELECT id FROM team_stays WHERE organization_id = organization AND until IS NOT NULL ORDER BY random() LIMIT 1);
    WHEN 9 THEN
      UPDATE memberships SET status = CASE status WHEN 'active' THEN 'inactive' ELSE 'active' END WHERE id = some_member;
    WHEN 10 THEN
      UPDATE memberships SET active_from = CASE WHEN random() < 0.1 THEN NULL ELSE some_time END WHERE id = some_member;
    WHEN 11, 12, 13 THEN
      INSERT INTO assignments (organization_id, membership_id, course_id, course_version_id, due_on, completed_at, status)
      SELECT organization, some_member, courses.id, published_version_id, some_time::date + 30, completion.at,
             CASE WHEN completion.at IS NULL THEN 'not_started' ELSE 'completed' END
        FROM courses
        CROSS JOIN (SELECT CASE WHEN chance < 0.4 THEN some_time + 2.5 * chance * interval '60 days' END AS at) AS completion
       WHERE some_member IS NOT NULL ORDER BY random() LIMIT 1
      ON CONFLICT DO NOTHING;
    WHEN 14, 15 THEN
      UPDATE assignments SET status = 'completed', completed_at = due_on::timestamptz + (random() - 0.7) * interval '50 days'
       WHERE id = (SELECT id FROM assignments WHERE organization_id = organization ORDER BY random() LIMIT 1);
    WHEN 16 THEN
      INSERT INTO refinements (organization_id, team_id, starts_on, ends_on, status)
      SELECT organization, id, some_time::date, some_time::date + 20, (ARRAY['planned', 'done', 'cancelled'])[1 + floor(chance * 3)::integer]
        FROM teams WHERE organization_id = organization ORDER BY random() LIMIT 1;
    WHEN 17 THEN
      UPDATE refinements SET status = (ARRAY['planned', 'done', 'cancelled'])[1 + floor(chance * 3)::integer]
       WHERE id = (SELECT id FROM refinements WHERE organization_id = organization ORDER BY random() LIMIT 1);
    WHEN 18 THEN
      INSERT INTO teams (organization_id, parent_id, type, name)
      SELECT organization, id, CASE WHEN chance < 0.4 THEN 'META' ELSE 'LEARNER' END, 'Team ' || random()
        FROM teams WHERE organization_id = organization AND type <> 'LEARNER' ORDER BY random() LIMIT 1;
    WHEN 19 THEN
      FOR move IN
        SELECT moved.id, target.id AS target FROM teams AS moved JOIN teams AS target ON target.organization_id = organization
         WHERE moved.organization_id = organization AND moved.type <> 'ORGANIZATION' AND target.type <> 'LEARNER'
           AND NOT EXISTS (WITH RECURSIVE below AS (SELECT moved.id UNION SELECT teams.id FROM below JOIN teams ON parent_id = below.id)
                           SELECT FROM below WHERE below.id = target.id)
         ORDER BY random() LIMIT 1
      LOOP
        UPDATE teams SET parent_id = move.target WHERE id = move.id;
      END LOOP;
    WHEN 20 THEN
      DELETE FROM memberships WHERE id = some_member AND random() < 0.5;
      DELETE FROM teams WHERE random() < 0.5 AND id = (
        SELECT id FROM teams AS leaf WHERE organization_id = organization AND type <> 'ORGANIZATION'
           AND NOT EXISTS (SELECT FROM teams AS below WHERE below.parent_id = leaf.id) ORDER BY random() LIMIT 1);
    ELSE
      UPDATE membership_absences SET since = least(some_time, until)
       WHERE id = (SELECT id FROM membership_absences WHERE organization_id = organization ORDER BY random() LIMIT 1);
      INSERT INTO score_marks (organization_id, kind, contributor)
      SELECT DISTINCT organization, 'learner', membership_id FROM membership_absences WHERE organization_id = organization;
    END CASE;
  END LOOP;
END $$
