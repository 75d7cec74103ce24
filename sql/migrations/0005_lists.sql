-- Lists that cost what they show, however many people there are: an index for each order, searches inside one organization that meet nobody else's
-- words, and totals that are kept.

-- --- Words inside one organization ---

-- The words of a text and their beginnings of three letters, each with a mark of the organization before it. What is looked up in an index of words is
-- looked up among all of them: without the mark, among those of all organizations. Two organizations with one mark do no harm, since a search names
-- the organization too.
CREATE FUNCTION muster_words_of(organization uuid, value text) RETURNS tsvector
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  mark text := left(organization::text, 8);
  word text;
  lexemes text[] := '{}';
BEGIN
  FOREACH word IN ARRAY regexp_split_to_array(public.muster_fold(value), '[^[:alnum:]]+') LOOP
    IF word <> '' THEN
      lexemes := lexemes || (mark || word) || (mark || '/' || left(word, 3));
    END IF;
  END LOOP;
  RETURN array_to_tsvector(lexemes);
END $$;

-- As muster_words_query, for words with that mark.
CREATE FUNCTION muster_words_query_of(organization uuid, value text) RETURNS tsquery
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (SELECT coalesce(string_agg('''' || left(organization::text, 8) || word || ''':*', ' & '), '')::tsquery
            FROM regexp_split_to_table(muster_fold(coalesce(value, '')), '[^[:alnum:]]+') AS word
           WHERE word <> '');

-- What is looked up for that query: few more people than it finds, without reading everybody who has one of the words. Everybody with a certain
-- beginning is one entry of the index, and of several entries only what they have in common is read; a prefix is as many entries as there are words
-- with it, which are all read.
CREATE FUNCTION muster_words_lookup_of(organization uuid, value text) RETURNS tsquery
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (SELECT CASE WHEN count(*) = 1 THEN muster_words_query_of(organization, value)
                      ELSE coalesce(string_agg('''' || left(organization::text, 8) || '/' || left(word, 3) || '''' ||
                                               CASE WHEN char_length(word) < 3 THEN ':*' ELSE '' END, ' & '), '')::tsquery END
            FROM regexp_split_to_table(muster_fold(coalesce(value, '')), '[^[:alnum:]]+') AS word
           WHERE word <> '');

DROP VIEW membership_words;

-- Job titles are compared by the key; null where there is none.
ALTER TABLE memberships
  DROP COLUMN search,
  ADD COLUMN search tsvector GENERATED ALWAYS AS (muster_words_of(organization_id, first_name || ' ' || last_name)) STORED,
  ADD COLUMN job_title_key text GENERATED ALWAYS AS (nullif(lower(btrim(job_title)), '')) STORED;

CREATE VIEW membership_words AS SELECT id, organization_id, search FROM memberships;

-- New words go into the index at once: a list of those that wait would be read by every search.
CREATE INDEX memberships_search ON memberships USING gin (search) WITH (fastupdate = off);
ALTER INDEX users_search SET (fastupdate = off);

-- The next title behind another, and its first spelling.
CREATE INDEX memberships_titles ON memberships (organization_id, job_title_key, created_at, id)
  WHERE status <> 'inactive' AND job_title_key IS NOT NULL;
-- Whether an organization has another admin.
CREATE INDEX memberships_admins ON memberships (organization_id) WHERE role = 1 AND status = 'active';
-- What lists of invitations are read by.
CREATE INDEX invitations_created_at ON invitations (created_at, id);

DROP EXTENSION btree_gin;
DROP INDEX memberships_first_name;
DROP INDEX memberships_last_name;
DROP INDEX memberships_job_title;

-- --- People, in every order ---

-- Ids ascend in every list, so that the descending order of a name is none of the ascending one's index.
CREATE INDEX users_created_at_descending ON users (created_at DESC, id);
CREATE INDEX users_first_name_descending ON users (first_name DESC, id);
CREATE INDEX users_last_name_descending ON users (last_name DESC, id);
CREATE INDEX users_username_descending ON users (username DESC, id);

-- The users of each organization with copies of what lists of them are ordered and searched by, so that a page is one range of an index. Kept by
-- the tables that they are copies of.
CREATE TABLE organization_people (
  organization_id uuid NOT NULL,
  user_id uuid NOT NULL,
  first_name text NOT NULL,
  last_name text NOT NULL,
  username text,
  created_at timestamptz(3) NOT NULL,
  search tsvector NOT NULL,
  PRIMARY KEY (user_id, organization_id),
  FOREIGN KEY (user_id, organization_id) REFERENCES memberships (user_id, organization_id) ON DELETE CASCADE
);

INSERT INTO organization_people (organization_id, user_id, first_name, last_name, username, created_at, search)
SELECT memberships.organization_id, users.id, users.first_name, users.last_name, users.username, users.created_at,
       muster_words_of(memberships.organization_id, concat_ws(' ', users.first_name, users.last_name, users.username, users.email))
  FROM memberships JOIN users ON users.id = memberships.user_id;

CREATE INDEX organization_people_created_at ON organization_people (organization_id, created_at, user_id);
CREATE INDEX organization_people_created_at_descending ON organization_people (organization_id, created_at DESC, user_id);
CREATE INDEX organization_people_first_name ON organization_people (organization_id, first_name, user_id);
CREATE INDEX organization_people_first_name_descending ON organization_people (organization_id, first_name DESC, user_id);
CREATE INDEX organization_people_last_name ON organization_people (organization_id, last_name, user_id);
CREATE INDEX organization_people_last_name_descending ON organization_people (organization_id, last_name DESC, user_id);
CREATE INDEX organization_people_username ON organization_people (organization_id, username, user_id);
CREATE INDEX organization_people_username_descending ON organization_people (organization_id, username DESC, user_id);
CREATE INDEX organization_people_search ON organization_people USING gin (search) WITH (fastupdate = off);

-- The lock keeps a change of names that is under way from being missed: whoever comes second sees the other.
CREATE FUNCTION organization_person_joins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO organization_people (organization_id, user_id, first_name, last_name, username, created_at, search)
  SELECT NEW.organization_id, id, first_name, last_name, username, created_at,
         muster_words_of(NEW.organization_id, concat_ws(' ', first_name, last_name, username, email))
    FROM users WHERE id = NEW.user_id
     FOR SHARE;
  RETURN NULL;
END $$;

CREATE TRIGGER person_is_there AFTER INSERT ON memberships
  FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION organization_person_joins();
CREATE TRIGGER person_joins AFTER UPDATE OF user_id ON memberships
  FOR EACH ROW WHEN (OLD.user_id IS NULL AND NEW.user_id IS NOT NULL) EXECUTE FUNCTION organization_person_joins();

CREATE FUNCTION organization_person_renamed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  UPDATE organization_people
     SET first_name = NEW.first_name, last_name = NEW.last_name, username = NEW.username,
         search = muster_words_of(organization_id, concat_ws(' ', NEW.first_name, NEW.last_name, NEW.username, NEW.email))
   WHERE user_id = NEW.id;
  RETURN NULL;
END $$;

CREATE TRIGGER person_is_renamed AFTER UPDATE OF first_name, last_name, username, email ON users
  FOR EACH ROW WHEN ((OLD.first_name, OLD.last_name, OLD.username, OLD.email) IS DISTINCT FROM
                     (NEW.first_name, NEW.last_name, NEW.username, NEW.email))
  EXECUTE FUNCTION organization_person_renamed();

-- Copies are kept true in all organizations of a person, whoever changes the name in one: hence as the owner of the tables.
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION organization_person_joins SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION organization_person_renamed SET search_path = %I, pg_temp', current_schema());
END $$;

CALL guard_table('organization_people', 'organization_id = ANY ((SELECT muster_organizations())::uuid[]) OR user_id = muster_caller()');
CREATE VIEW people_words AS SELECT organization_id, user_id, search FROM organization_people;

-- --- Totals ---

ALTER TABLE directory_statistics ADD COLUMN organizations_count bigint NOT NULL DEFAULT 0;
UPDATE directory_statistics SET organizations_count = (SELECT count(*) FROM organizations);

CREATE FUNCTION organizations_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE directory_statistics SET organizations_count = organizations_count + TG_ARGV[0]::integer * (SELECT count(*) FROM changed);
  RETURN NULL;
END $$;

CREATE TRIGGER counted_in AFTER INSERT ON organizations
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION organizations_counted('1');
CREATE TRIGGER counted_out AFTER DELETE ON organizations
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION organizations_counted('-1');

-- How many rows a table has: as PostgreSQL knows it where these are many, counted otherwise by whoever asks (null).
CREATE FUNCTION muster_rows(relation regclass) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT reltuples::bigint FROM pg_class WHERE oid = relation AND reltuples > 200000);
