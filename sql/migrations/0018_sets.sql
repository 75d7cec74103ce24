-- Thousands of memberships come and go in one statement. What leaves marks for the scores then does so once for all of them, not for each, and nobody looks
-- for places in teams where a statement before has taken all of them.

CREATE FUNCTION memberships_scored_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO membership_absences (organization_id, membership_id, since)
  SELECT organization_id, id, created_at FROM after WHERE status = 'inactive';
  INSERT INTO score_marks (organization_id, kind, contributor)
  SELECT organization_id, 'learner', id FROM after WHERE active_from IS NOT NULL OR status = 'inactive';
  RETURN NULL;
END $$;

CREATE FUNCTION memberships_scored_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO score_marks (organization_id, kind, contributor) SELECT organization_id, 'learner', id FROM before;
  RETURN NULL;
END $$;

-- Of one whose status or beginning changes.
CREATE OR REPLACE FUNCTION membership_scored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status = 'inactive' THEN
    INSERT INTO membership_absences (organization_id, membership_id, since)
    SELECT NEW.organization_id, NEW.id, now()
     WHERE NOT EXISTS (SELECT FROM membership_absences WHERE membership_id = NEW.id AND until IS NULL);
  ELSE
    UPDATE membership_absences SET until = now() WHERE membership_id = NEW.id AND until IS NULL;
  END IF;
  INSERT INTO score_marks (organization_id, kind, contributor) VALUES (NEW.organization_id, 'learner', NEW.id);
  RETURN NULL;
END $$;

DROP TRIGGER score_in ON memberships;
DROP TRIGGER score_out ON memberships;
CREATE TRIGGER score_in AFTER INSERT ON memberships
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION memberships_scored_in();
CREATE TRIGGER score_out AFTER DELETE ON memberships
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION memberships_scored_out();

-- Whoever sets muster.places_taken for a transaction has locked the memberships that it deletes and taken their places in teams.
DROP TRIGGER leaves_teams ON memberships;
CREATE TRIGGER leaves_teams BEFORE DELETE ON memberships FOR EACH ROW
  WHEN (current_setting('muster.places_taken', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION membership_leaves_teams();
