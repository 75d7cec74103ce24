-- What there is to learn: courses and their versions, the training categories that lead people to them by job title, and who is trained to
-- lead practice.

-- Courses are everybody's: they belong to no organization.
CREATE TABLE courses (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL CONSTRAINT courses_name_given CHECK (name <> '' AND char_length(name) <= 200),
  description text,
  -- Everybody learns the basics first.
  basics boolean NOT NULL DEFAULT false,
  language_code text NOT NULL DEFAULT 'en' CONSTRAINT courses_language_code_form CHECK (language_code ~ '^[a-z]{2}$'),
  -- The version that new learners get; null while none is published.
  published_version_id uuid,
  -- The greatest number given away too: whoever makes a version counts up here, so that numbers have neither gaps nor doubles.
  versions_count integer NOT NULL DEFAULT 0 CONSTRAINT courses_versions_count_range CHECK (versions_count >= 0),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE INDEX courses_created_at ON courses (created_at, id);
-- The basics in the order in which they are learned.
CREATE INDEX courses_basics ON courses (created_at, id) WHERE basics;

CREATE TABLE course_versions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  course_id uuid NOT NULL REFERENCES courses ON DELETE CASCADE,
  number integer NOT NULL CONSTRAINT course_versions_number_range CHECK (number >= 1),
  status text NOT NULL DEFAULT 'draft' CONSTRAINT course_versions_status_known CHECK (status IN ('draft', 'published', 'archived')),
  title text NOT NULL CONSTRAINT course_versions_title_given CHECK (title <> '' AND char_length(title) <= 200),
  -- A JSON object exactly as its author wrote it: jsonb would order the keys and spell the numbers anew.
  content text NOT NULL DEFAULT '{}',
  -- Counts the changes of the row: what tells one state of it from the next.
  revision integer NOT NULL DEFAULT 1,
  -- The clock's time, not the transaction's: versions that waited for each other are dated in the order of their numbers.
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- Stays when the version is archived.
  published_at timestamptz(3),
  CONSTRAINT course_versions_number_key UNIQUE (course_id, number),
  CONSTRAINT course_versions_course_key UNIQUE (id, course_id),
  CONSTRAINT course_versions_published_once CHECK (status <> 'published' OR published_at IS NOT NULL)
);

-- One published version a course, at any moment.
CREATE UNIQUE INDEX course_versions_published_key ON course_versions (course_id) WHERE status = 'published';
-- Lists of a course's versions, in each order that may be asked for.
CREATE INDEX course_versions_created_at ON course_versions (course_id, created_at, id);
CREATE INDEX course_versions_published_at ON course_versions (course_id, published_at, id);

-- A course's published version is one of its own.
ALTER TABLE courses ADD CONSTRAINT courses_published_version_own
  FOREIGN KEY (published_version_id, id) REFERENCES course_versions (id, course_id);

CREATE TABLE training_categories (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  name text NOT NULL CONSTRAINT training_categories_name_given CHECK (btrim(name) <> '' AND char_length(name) <= 200),
  -- What names are compared and sorted by.
  name_key text NOT NULL GENERATED ALWAYS AS (lower(btrim(name))) STORED,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT training_categories_name_key UNIQUE (organization_id, name_key),
  CONSTRAINT training_categories_tenant_key UNIQUE (id, organization_id)
);

CREATE TABLE training_category_job_titles (
  training_category_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  job_title text NOT NULL
    CONSTRAINT training_category_job_titles_given CHECK (btrim(job_title) <> '' AND char_length(job_title) <= 200),
  title_key text NOT NULL GENERATED ALWAYS AS (lower(btrim(job_title))) STORED,
  position integer NOT NULL,
  PRIMARY KEY (training_category_id, title_key),
  FOREIGN KEY (training_category_id, organization_id) REFERENCES training_categories (id, organization_id) ON DELETE CASCADE
);

-- The categories of somebody with a job title.
CREATE INDEX training_category_job_titles_title ON training_category_job_titles (organization_id, title_key);

CREATE TABLE training_category_courses (
  training_category_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  course_id uuid NOT NULL REFERENCES courses ON DELETE CASCADE,
  position integer NOT NULL,
  PRIMARY KEY (training_category_id, course_id),
  FOREIGN KEY (training_category_id, organization_id) REFERENCES training_categories (id, organization_id) ON DELETE CASCADE
);

CREATE INDEX training_category_courses_course ON training_category_courses (course_id);
-- The courses of an organization's pools.
CREATE INDEX training_category_courses_organization ON training_category_courses (organization_id, training_category_id, course_id);

-- A person's job_title_key is equal to title_key of the categories that it leads to.
CREATE INDEX memberships_job_title_key ON memberships (organization_id, job_title_key) WHERE job_title_key IS NOT NULL;

-- How many people of a team itself, active and invited ones, have a job title of a category: kept, since a page of them should not read a whole
-- organization's people. No row: nobody.
CREATE TABLE course_pools (
  team_id uuid NOT NULL,
  training_category_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  -- Copy of teams.created_at, which never changes: a page in the order of teams is one range of an index.
  team_created_at timestamptz(3) NOT NULL,
  members_count integer NOT NULL CONSTRAINT course_pools_members_count_range CHECK (members_count >= 0),
  PRIMARY KEY (team_id, training_category_id),
  FOREIGN KEY (team_id, organization_id) REFERENCES teams (id, organization_id) ON DELETE CASCADE,
  FOREIGN KEY (training_category_id, organization_id) REFERENCES training_categories (id, organization_id) ON DELETE CASCADE
) WITH (fillfactor = 70);

CREATE INDEX course_pools_organization ON course_pools (organization_id, team_created_at, team_id, training_category_id);
CREATE INDEX course_pools_category ON course_pools (training_category_id);

-- The pools of an organization, for the total of their list. An organization that is going needs no total any more.
ALTER TABLE organization_statistics ADD COLUMN course_pools_count integer NOT NULL DEFAULT 0;

CREATE FUNCTION course_pools_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign integer := TG_ARGV[0];
BEGIN
  UPDATE organization_statistics AS statistics SET course_pools_count = statistics.course_pools_count + sign * change.pools
    FROM (SELECT organization_id, count(*) AS pools FROM changed GROUP BY organization_id) AS change
   WHERE statistics.organization_id = change.organization_id
     AND EXISTS (SELECT 1 FROM organizations WHERE organizations.id = change.organization_id);
  RETURN NULL;
END $$;

CREATE TRIGGER counted_in AFTER INSERT ON course_pools
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION course_pools_counted('1');
CREATE TRIGGER counted_out AFTER DELETE ON course_pools
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION course_pools_counted('-1');

-- Adds changes to the counts, in the order of the keys, so that two transactions seldom wait for each other. Pools without people go.
CREATE FUNCTION course_pools_add(changed_teams uuid[], categories uuid[], members integer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO course_pools AS pools (team_id, training_category_id, organization_id, team_created_at, members_count)
  SELECT teams.id, change.category, teams.organization_id, teams.created_at, change.members
    FROM unnest(changed_teams, categories, members) AS change (team, category, members)
    JOIN teams ON teams.id = change.team
   WHERE change.members > 0
   ORDER BY teams.id, change.category
  ON CONFLICT (team_id, training_category_id) DO UPDATE SET members_count = pools.members_count + excluded.members_count;
  PERFORM 1
     FROM unnest(changed_teams, categories, members) AS change (team, category, members)
     JOIN course_pools AS pools ON pools.team_id = change.team AND pools.training_category_id = change.category
    WHERE change.members < 0
    ORDER BY change.team, change.category
      FOR UPDATE OF pools;
  UPDATE course_pools AS pools SET members_count = pools.members_count + change.members
    FROM unnest(changed_teams, categories, members) AS change (team, category, members)
   WHERE pools.team_id = change.team AND pools.training_category_id = change.category AND change.members < 0;
  DELETE FROM course_pools AS pools
   USING unnest(changed_teams, categories, members) AS change (team, category, members)
   WHERE pools.team_id = change.team AND pools.training_category_id = change.category AND change.members < 0
     AND pools.members_count = 0;
END $$;

-- Changes of people count by the categories that there are, changes of categories by the people that there are: neither may be under way while the
-- other counts. People of one organization share the lock, a category has it alone; both hold it until their end.
CREATE FUNCTION course_pools_lock(organizations uuid[], alone boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  organization uuid;
BEGIN
  FOR organization IN SELECT DISTINCT id FROM unnest(organizations) AS named (id) ORDER BY id LOOP
    IF alone THEN
      PERFORM pg_advisory_xact_lock(7215302, hashtext(organization::text));
    ELSE
      PERFORM pg_advisory_xact_lock_shared(7215302, hashtext(organization::text));
    END IF;
  END LOOP;
END $$;

-- What people who come to teams (sign 1) or leave them (-1) change. They are locked first: their titles and statuses stay as they are counted here until
-- the end of the transaction, and who changes one then sees these rows. Arrays stand between transition tables and the other tables, since plans
-- are kept: what was planned for thousands of rows must not be used for one, nor the other way round.
CREATE FUNCTION course_pools_of_members() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign integer := TG_ARGV[0];
  people uuid[];
  changed_teams uuid[];
  organizations uuid[];
BEGIN
  SELECT array_agg(membership_id), array_agg(team_id), array_agg(DISTINCT organization_id)
    INTO people, changed_teams, organizations FROM changed;
  IF people IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM 1 FROM memberships WHERE id = ANY (people) ORDER BY id FOR SHARE;
  PERFORM course_pools_lock(organizations, false);
  PERFORM course_pools_add(array_agg(team_id), array_agg(category), array_agg(members))
     FROM (SELECT place.team_id, titles.training_category_id AS category, sign * count(*)::integer AS members
             FROM unnest(people, changed_teams) AS place (membership_id, team_id)
             JOIN memberships ON memberships.id = place.membership_id AND memberships.status <> 'inactive'
             JOIN training_category_job_titles AS titles
               ON titles.organization_id = memberships.organization_id AND titles.title_key = memberships.job_title_key
            GROUP BY place.team_id, titles.training_category_id) AS counted
   HAVING count(*) > 0;
  RETURN NULL;
END $$;

-- In the order of their names these come before the triggers that count statuses, which profit from the locks too.
CREATE TRIGGER counted_by_title_in AFTER INSERT ON team_members
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION course_pools_of_members('1');
CREATE TRIGGER counted_by_title_out AFTER DELETE ON team_members
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION course_pools_of_members('-1');

-- People of two titles each: by the first they count no more in their teams, by the second they do now. Null is no title.
CREATE FUNCTION course_pools_move(people uuid[], old_titles text[], new_titles text[], organizations uuid[]) RETURNS void
  LANGUAGE plpgsql SET enable_nestloop = on AS $$
BEGIN
  PERFORM course_pools_lock(organizations, false);
  PERFORM course_pools_add(array_agg(team_id), array_agg(category), array_agg(members))
     FROM (SELECT team_members.team_id, titles.training_category_id AS category, sum(moved.sign)::integer AS members
             FROM unnest(people, old_titles, new_titles) AS change (membership_id, old_title, new_title)
             JOIN team_members ON team_members.membership_id = change.membership_id
             CROSS JOIN LATERAL (VALUES (-1, change.old_title), (1, change.new_title)) AS moved (sign, title)
             JOIN training_category_job_titles AS titles
               ON titles.organization_id = team_members.organization_id AND titles.title_key = moved.title
            GROUP BY team_members.team_id, titles.training_category_id
           HAVING sum(moved.sign) <> 0) AS counted
   HAVING count(*) > 0;
END $$;

-- A membership that gets another title, or that leaves or comes back, is counted anew in its teams. Old and new rows are never paired one by one,
-- however few they were when this was planned.
CREATE FUNCTION course_pools_of_memberships() RETURNS trigger LANGUAGE plpgsql
  SET enable_nestloop = off AS $$
DECLARE
  people uuid[];
  old_titles text[];
  new_titles text[];
  organizations uuid[];
BEGIN
  SELECT array_agg(id), array_agg(old_title), array_agg(new_title), array_agg(DISTINCT organization_id)
    INTO people, old_titles, new_titles, organizations
    FROM (SELECT after.id, after.organization_id,
                 CASE WHEN before.status <> 'inactive' THEN before.job_title_key END AS old_title,
                 CASE WHEN after.status <> 'inactive' THEN after.job_title_key END AS new_title
            FROM before JOIN after ON after.id = before.id) AS titles
   WHERE old_title IS DISTINCT FROM new_title;
  IF people IS NOT NULL THEN
    PERFORM course_pools_move(people, old_titles, new_titles, organizations);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER counted_by_title AFTER UPDATE ON memberships
  REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION course_pools_of_memberships();

-- What titles that a category gets (sign 1) or loses (-1) change.
CREATE FUNCTION course_pools_of_titles() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign integer := TG_ARGV[0];
  categories uuid[];
  titles text[];
  organizations uuid[];
BEGIN
  SELECT array_agg(training_category_id), array_agg(title_key), array_agg(organization_id)
    INTO categories, titles, organizations FROM changed;
  IF categories IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM course_pools_lock(organizations, true);
  PERFORM course_pools_add(array_agg(team_id), array_agg(category), array_agg(members))
     FROM (SELECT team_members.team_id, change.category, sign * count(*)::integer AS members
             FROM unnest(categories, titles, organizations) AS change (category, title, organization_id)
             JOIN memberships ON memberships.organization_id = change.organization_id AND memberships.job_title_key = change.title
              AND memberships.status <> 'inactive'
             JOIN team_members ON team_members.membership_id = memberships.id
            GROUP BY team_members.team_id, change.category) AS counted
   HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE TRIGGER counted_in AFTER INSERT ON training_category_job_titles
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION course_pools_of_titles('1');
CREATE TRIGGER counted_out AFTER DELETE ON training_category_job_titles
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION course_pools_of_titles('-1');

-- People trained to lead practice.
CREATE TABLE champion_certifications (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL CONSTRAINT champion_certifications_user_key UNIQUE REFERENCES users ON DELETE CASCADE,
  date date NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

CALL audit_table('courses', '{create,update,delete}', 'course', 'id',
                 'name,description,basics,language_code,published_version_id,versions_count', NULL);
CALL audit_table('course_versions', '{create,update,delete}', 'course_version', 'id',
                 'course_id,number,status,title,revision,published_at', NULL);
CALL audit_table('training_categories', '{create,update,delete}', 'training_category', 'id', 'name', NULL);
CALL audit_table('training_category_job_titles', '{create,delete}', 'training_category_job_title', 'training_category_id,title_key',
                 'training_category_id,job_title', NULL);
CALL audit_table('training_category_courses', '{create,delete}', 'training_category_course', 'training_category_id,course_id',
                 'training_category_id,course_id,position', NULL);
CALL audit_table('champion_certifications', '{create,update,delete}', 'champion_certification', 'id', 'user_id,date', NULL);

-- Courses and their versions are everybody's.
CALL guard_tenant_table('training_categories');
CALL guard_tenant_table('training_category_job_titles');
CALL guard_tenant_table('training_category_courses');
CALL guard_tenant_table('course_pools');
CALL guard_table('champion_certifications', 'user_id = muster_caller()');
