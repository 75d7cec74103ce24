-- The directory: people, organizations, memberships, teams, invitations, and what signing in needs.

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

-- Letters without accents and case, for searching. unaccent() is only STABLE because its dictionary could be changed;
-- naming the dictionary makes the result fixed as far as this schema is concerned.
CREATE FUNCTION muster_fold(value text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN lower(public.unaccent('public.unaccent'::regdictionary, value));

-- The words of a text: runs of letters and digits.
CREATE FUNCTION muster_words(value text) RETURNS tsvector
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN to_tsvector('simple', regexp_replace(muster_fold(coalesce(value, '')), '[^[:alnum:]]+', ' ', 'g'));

-- A query that asks for every word of a text, as a whole word or the beginning of one. A text without words finds nothing.
CREATE FUNCTION muster_words_query(value text) RETURNS tsquery
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (SELECT to_tsquery('simple', coalesce(string_agg(word || ':*', ' & '), ''))
            FROM regexp_split_to_table(muster_fold(coalesce(value, '')), '[^[:alnum:]]+') AS word
           WHERE word <> '');

-- Who calls: set for one transaction by the statement that checks the session. Nobody, unless set.
CREATE FUNCTION muster_caller() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('muster.user_id', true), '')::uuid;

CREATE FUNCTION muster_caller_is_employee() RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(current_setting('muster.employee', true), '') = 'true';

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- The same person's id in the API that counts people.
  number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT users_number_key UNIQUE CHECK (number < 9007199254740992),
  username text CONSTRAINT users_username_form CHECK (username ~ '^[A-Za-z0-9._+-]{4,64}$'),
  email text CONSTRAINT users_email_form CHECK (email = lower(email) AND octet_length(email) <= 254),
  provider text NOT NULL CONSTRAINT users_provider_known CHECK (provider IN ('email', 'username')),
  uid text NOT NULL GENERATED ALWAYS AS (CASE provider WHEN 'email' THEN email ELSE username END) STORED,
  -- Names that open sessions were told earlier; they still send them.
  former_uids text[] NOT NULL DEFAULT '{}',
  first_name text NOT NULL CONSTRAINT users_first_name_given CHECK (first_name <> ''),
  last_name text NOT NULL CONSTRAINT users_last_name_given CHECK (last_name <> ''),
  language_code text NOT NULL DEFAULT 'en',
  password_hash text,
  worklete_employee boolean NOT NULL DEFAULT false,
  enabled boolean NOT NULL DEFAULT true,
  sign_in_count integer NOT NULL DEFAULT 0,
  current_sign_in_at timestamptz(3),
  last_sign_in_at timestamptz(3),
  current_sign_in_ip inet,
  last_sign_in_ip inet,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  search tsvector GENERATED ALWAYS AS (
    muster_words(first_name || ' ' || last_name || ' ' || coalesce(username, '') || ' ' || coalesce(email, ''))
  ) STORED
) WITH (fillfactor = 85);

CREATE UNIQUE INDEX users_username_key ON users (lower(username));
CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE INDEX users_created_at ON users (created_at, id);
CREATE INDEX users_first_name ON users (first_name, id);
CREATE INDEX users_last_name ON users (last_name, id);
CREATE INDEX users_username ON users (username, id);
CREATE INDEX users_search ON users USING gin (search);

CREATE TABLE organizations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL CONSTRAINT organizations_name_given CHECK (name <> '' AND char_length(name) <= 200),
  s3_integrations_folder text,
  saml_info text,
  new_hire_delay_days integer NOT NULL DEFAULT 0
    CONSTRAINT organizations_new_hire_delay_days_range CHECK (new_hire_delay_days BETWEEN 0 AND 3650),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX organizations_name_key ON organizations (lower(name));
CREATE INDEX organizations_created_at ON organizations (created_at, id);

CREATE TABLE memberships (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  user_id uuid REFERENCES users ON DELETE CASCADE,
  employee_id text,
  first_name text NOT NULL CONSTRAINT memberships_first_name_given CHECK (first_name <> ''),
  last_name text NOT NULL CONSTRAINT memberships_last_name_given CHECK (last_name <> ''),
  email text CONSTRAINT memberships_email_form CHECK (email = lower(email) AND octet_length(email) <= 254),
  job_title text,
  role smallint NOT NULL DEFAULT 3 CONSTRAINT memberships_role_known CHECK (role IN (1, 2, 3)),
  status text NOT NULL DEFAULT 'invited'
    CONSTRAINT memberships_status_known CHECK (status IN ('invited', 'active', 'inactive')),
  invited_at timestamptz(3),
  joined_at timestamptz(3),
  active_from timestamptz(3),
  -- Copy of users.created_at, which never changes: a page of an organization's people in that order is one range of an index.
  user_created_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT memberships_user_key UNIQUE (user_id, organization_id),
  CONSTRAINT memberships_employee_key UNIQUE (organization_id, employee_id),
  CONSTRAINT memberships_tenant_key UNIQUE (id, organization_id),
  CONSTRAINT memberships_joined CHECK ((user_id IS NULL) = (user_created_at IS NULL))
) WITH (fillfactor = 90);

CREATE INDEX memberships_people ON memberships (organization_id, user_created_at, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX memberships_created_at ON memberships (organization_id, created_at, id);
CREATE INDEX memberships_email ON memberships (organization_id, email);

CREATE TABLE invitations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  membership_id uuid NOT NULL CONSTRAINT invitations_membership_key UNIQUE,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  -- Shown to the organization's admins, hence not hashed; six characters, told from each other at a glance.
  invite_code text NOT NULL CONSTRAINT invitations_code_key UNIQUE
    CONSTRAINT invitations_code_form CHECK (invite_code ~ '^[A-Z0-9]{6}$'),
  used_at timestamptz(3),
  expires_at timestamptz(3) NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  FOREIGN KEY (membership_id, organization_id) REFERENCES memberships (id, organization_id) ON DELETE CASCADE
);

CREATE INDEX invitations_organization ON invitations (organization_id, created_at, id);

CREATE TABLE teams (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  parent_id uuid,
  name text NOT NULL CONSTRAINT teams_name_given CHECK (name <> '' AND char_length(name) <= 200),
  type text NOT NULL CONSTRAINT teams_type_known CHECK (type IN ('ORGANIZATION', 'META', 'LEARNER')),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT teams_tenant_key UNIQUE (id, organization_id),
  CONSTRAINT teams_root_has_no_parent CHECK ((type = 'ORGANIZATION') = (parent_id IS NULL)),
  FOREIGN KEY (parent_id, organization_id) REFERENCES teams (id, organization_id)
);

CREATE UNIQUE INDEX teams_root_key ON teams (organization_id) WHERE type = 'ORGANIZATION';
CREATE UNIQUE INDEX teams_name_key ON teams (parent_id, lower(btrim(name)));
CREATE INDEX teams_created_at ON teams (organization_id, created_at, id);

CREATE TABLE team_members (
  team_id uuid NOT NULL,
  membership_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  PRIMARY KEY (team_id, membership_id),
  FOREIGN KEY (team_id, organization_id) REFERENCES teams (id, organization_id) ON DELETE CASCADE,
  FOREIGN KEY (membership_id, organization_id) REFERENCES memberships (id, organization_id) ON DELETE CASCADE
);

CREATE INDEX team_members_membership ON team_members (membership_id, team_id);

CREATE TABLE team_admins (
  team_id uuid NOT NULL,
  membership_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  PRIMARY KEY (team_id, membership_id),
  FOREIGN KEY (team_id, organization_id) REFERENCES teams (id, organization_id) ON DELETE CASCADE,
  FOREIGN KEY (membership_id, organization_id) REFERENCES memberships (id, organization_id) ON DELETE CASCADE
);

CREATE INDEX team_admins_membership ON team_admins (membership_id, team_id);

CREATE TABLE sessions (
  token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  client text NOT NULL CONSTRAINT sessions_client_key UNIQUE,
  previous_token_hash bytea,
  rotated_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz(3) NOT NULL
);

CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_previous ON sessions (previous_token_hash) WHERE previous_token_hash IS NOT NULL;

-- user_id is null where nobody has the address: a request for it costs the same and tells nothing.
CREATE TABLE password_resets (
  token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  user_id uuid REFERENCES users ON DELETE CASCADE,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL
);

CREATE INDEX password_resets_user ON password_resets (user_id);
CREATE INDEX password_resets_expires_at ON password_resets (expires_at);

-- Counted by the hash of the name presented, known or not: people type passwords into the wrong field.
CREATE TABLE sign_in_failures (
  name_hash bytea PRIMARY KEY CHECK (octet_length(name_hash) = 32),
  failures integer NOT NULL,
  window_started_at timestamptz(3) NOT NULL
);

CREATE INDEX sign_in_failures_window ON sign_in_failures (window_started_at);

-- Totals that lists tell, kept by the statements that change them, so that no page counts a whole table.
CREATE TABLE organization_statistics (
  organization_id uuid PRIMARY KEY REFERENCES organizations ON DELETE CASCADE,
  teams_count integer NOT NULL DEFAULT 0,    -- without the root
  members_count integer NOT NULL DEFAULT 0,  -- active and invited memberships
  memberships_count integer NOT NULL DEFAULT 0, -- all of them
  people_count integer NOT NULL DEFAULT 0    -- those with a user
) WITH (fillfactor = 50);

CREATE TABLE directory_statistics (
  one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
  users_count bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

INSERT INTO directory_statistics DEFAULT VALUES;

CREATE FUNCTION organization_statistics_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO organization_statistics (organization_id) VALUES (NEW.id);
  RETURN NULL;
END $$;

CREATE TRIGGER statistics_start AFTER INSERT ON organizations
  FOR EACH ROW EXECUTE FUNCTION organization_statistics_start();

-- One function for each table; the transition tables are named before and after where the event has them.
CREATE FUNCTION memberships_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE organization_statistics AS statistics
     SET members_count = statistics.members_count + change.members,
         people_count = statistics.people_count + change.people
    FROM (SELECT organization_id,
                 sum(sign) FILTER (WHERE status <> 'inactive') AS members,
                 sum(sign) FILTER (WHERE user_id IS NOT NULL) AS people
            FROM (SELECT 1 AS sign, organization_id, status, user_id FROM after
                  UNION ALL
                  SELECT -1, organization_id, status, user_id FROM before) AS rows
           GROUP BY organization_id) AS summed
    CROSS JOIN LATERAL (SELECT coalesce(summed.members, 0) AS members, coalesce(summed.people, 0) AS people) AS change
   WHERE statistics.organization_id = summed.organization_id
     AND (change.members <> 0 OR change.people <> 0);
  RETURN NULL;
END $$;

CREATE FUNCTION memberships_counted_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE organization_statistics AS statistics
     SET memberships_count = statistics.memberships_count + change.memberships,
         members_count = statistics.members_count + change.members,
         people_count = statistics.people_count + change.people
    FROM (SELECT organization_id, count(*) AS memberships, count(*) FILTER (WHERE status <> 'inactive') AS members,
                 count(user_id) AS people
            FROM after GROUP BY organization_id) AS change
   WHERE statistics.organization_id = change.organization_id;
  RETURN NULL;
END $$;

CREATE FUNCTION memberships_counted_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE organization_statistics AS statistics
     SET memberships_count = statistics.memberships_count - change.memberships,
         members_count = statistics.members_count - change.members,
         people_count = statistics.people_count - change.people
    FROM (SELECT organization_id, count(*) AS memberships, count(*) FILTER (WHERE status <> 'inactive') AS members,
                 count(user_id) AS people
            FROM before GROUP BY organization_id) AS change
   WHERE statistics.organization_id = change.organization_id;
  RETURN NULL;
END $$;

CREATE TRIGGER counted_change AFTER UPDATE ON memberships
  REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION memberships_counted();
CREATE TRIGGER counted_in AFTER INSERT ON memberships
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION memberships_counted_in();
CREATE TRIGGER counted_out AFTER DELETE ON memberships
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION memberships_counted_out();

CREATE FUNCTION teams_counted_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE organization_statistics AS statistics SET teams_count = statistics.teams_count + change.teams
    FROM (SELECT organization_id, count(*) AS teams FROM after WHERE type <> 'ORGANIZATION' GROUP BY organization_id) AS change
   WHERE statistics.organization_id = change.organization_id;
  RETURN NULL;
END $$;

CREATE FUNCTION teams_counted_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE organization_statistics AS statistics SET teams_count = statistics.teams_count - change.teams
    FROM (SELECT organization_id, count(*) AS teams FROM before WHERE type <> 'ORGANIZATION' GROUP BY organization_id) AS change
   WHERE statistics.organization_id = change.organization_id;
  RETURN NULL;
END $$;

CREATE TRIGGER counted_in AFTER INSERT ON teams
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION teams_counted_in();
CREATE TRIGGER counted_out AFTER DELETE ON teams
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION teams_counted_out();

CREATE FUNCTION users_counted_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE directory_statistics SET users_count = users_count + (SELECT count(*) FROM after);
  RETURN NULL;
END $$;

CREATE FUNCTION users_counted_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE directory_statistics SET users_count = users_count - (SELECT count(*) FROM before);
  RETURN NULL;
END $$;

CREATE TRIGGER counted_in AFTER INSERT ON users
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION users_counted_in();
CREATE TRIGGER counted_out AFTER DELETE ON users
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION users_counted_out();
