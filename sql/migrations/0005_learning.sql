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

-- What a person's job title is compared by: equal to title_key of the categories that it leads to. Null where there is none.
ALTER TABLE memberships ADD COLUMN job_title_key text GENERATED ALWAYS AS (nullif(lower(btrim(job_title)), '')) STORED;
CREATE INDEX memberships_job_title_key ON memberships (organization_id, job_title_key) WHERE job_title_key IS NOT NULL;

-- How many people of each job title learn in each team itself, active and invited ones: who a category's courses are for is told from it without
-- reading a whole organization's people.
CREATE TABLE team_job_titles (
  team_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  title_key text NOT NULL,
  members_count integer NOT NULL CONSTRAINT team_job_titles_members_count_range CHECK (members_count >= 0),
  PRIMARY KEY (team_id, title_key),
  FOREIGN KEY (team_id, organization_id) REFERENCES teams (id, organization_id) ON DELETE CASCADE
) WITH (fillfactor = 70);

CREATE INDEX team_job_titles_title ON team_job_titles (organization_id, title_key);

INSERT INTO team_job_titles (team_id, organization_id, title_key, members_count)
SELECT team_members.team_id, team_members.organization_id, memberships.job_title_key, count(*)
  FROM team_members JOIN memberships ON memberships.id = team_members.membership_id
 WHERE memberships.status <> 'inactive' AND memberships.job_title_key IS NOT NULL
 GROUP BY team_members.team_id, team_members.organization_id, memberships.job_title_key;

-- Adds changes to the counts, in the order of the keys, so that two transactions seldom wait for each other. Counts that fall to nothing go; a
-- team that is going takes its counts along.
CREATE FUNCTION team_job_titles_add(changed_teams uuid[], organizations uuid[], titles text[], members integer[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO team_job_titles AS counts (team_id, organization_id, title_key, members_count)
  SELECT change.team, change.organization, change.title, change.members
    FROM unnest(changed_teams, organizations, titles, members) AS change (team, organization, title, members)
   WHERE change.members > 0
   ORDER BY change.team, change.title
  ON CONFLICT (team_id, title_key) DO UPDATE SET members_count = counts.members_count + excluded.members_count;
  PERFORM 1
     FROM unnest(changed_teams, titles, members) AS change (team, title, members)
     JOIN team_job_titles AS counts ON counts.team_id = change.team AND counts.title_key = change.title
    WHERE change.members < 0
    ORDER BY change.team, change.title
      FOR NO KEY UPDATE OF counts;
  UPDATE team_job_titles AS counts SET members_count = counts.members_count + change.members
    FROM unnest(changed_teams, titles, members) AS change (team, title, members)
   WHERE counts.team_id = change.team AND counts.title_key = change.title AND change.members < 0;
  DELETE FROM team_job_titles AS counts
   USING unnest(changed_teams, titles, members) AS change (team, title, members)
   WHERE counts.team_id = change.team AND counts.title_key = change.title AND change.members < 0 AND counts.members_count = 0;
END $$;

-- TG_ARGV: 1 for rows that come, -1 for rows that go. The people are locked first: their titles and statuses stay as they are counted here until
-- the end of the transaction, and who changes one then sees these rows.
CREATE FUNCTION team_job_titles_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign integer := TG_ARGV[0];
BEGIN
  PERFORM 1 FROM memberships WHERE id IN (SELECT membership_id FROM changed) ORDER BY id FOR SHARE;
  PERFORM team_job_titles_add(array_agg(team_id), array_agg(organization_id), array_agg(title), array_agg(members))
     FROM (SELECT changed.team_id, changed.organization_id, memberships.job_title_key AS title, sign * count(*)::integer AS members
             FROM changed JOIN memberships ON memberships.id = changed.membership_id
            WHERE memberships.status <> 'inactive' AND memberships.job_title_key IS NOT NULL
            GROUP BY changed.team_id, changed.organization_id, memberships.job_title_key) AS counted
   HAVING count(*) > 0;
  RETURN NULL;
END $$;

-- Before the trigger that counts statuses (in the order of their names), which profits from the locks too.
CREATE TRIGGER counted_by_title_in AFTER INSERT ON team_members
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_job_titles_counted('1');
CREATE TRIGGER counted_by_title_out AFTER DELETE ON team_members
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION team_job_titles_counted('-1');

-- A membership that gets another title, or that leaves or comes back, is counted anew in its teams.
CREATE FUNCTION membership_title_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM team_job_titles_add(array_agg(team_id), array_agg(organization_id), array_agg(title), array_agg(members))
     FROM (SELECT team_members.team_id, team_members.organization_id, moved.title, sum(moved.sign)::integer AS members
             FROM before JOIN after ON after.id = before.id
             CROSS JOIN LATERAL (SELECT -1 AS sign, before.job_title_key AS title WHERE before.status <> 'inactive'
                                 UNION ALL
                                 SELECT 1, after.job_title_key WHERE after.status <> 'inactive') AS moved
             JOIN team_members ON team_members.membership_id = after.id
            WHERE moved.title IS NOT NULL
              AND (before.job_title_key IS DISTINCT FROM after.job_title_key
                   OR (before.status = 'inactive') <> (after.status = 'inactive'))
            GROUP BY team_members.team_id, team_members.organization_id, moved.title
           HAVING sum(moved.sign) <> 0) AS counted
   HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE TRIGGER counted_by_title AFTER UPDATE ON memberships
  REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION membership_title_counted();

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

CALL guard_tenant_table('training_categories');
CALL guard_tenant_table('training_category_job_titles');
CALL guard_tenant_table('training_category_courses');
CALL guard_tenant_table('team_job_titles');
CALL guard_table('champion_certifications', 'EXISTS (SELECT 1 FROM users WHERE users.id = user_id)');
