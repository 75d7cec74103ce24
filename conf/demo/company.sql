-- A believable company of any size: the demo of conf/quickstart has one of 200 people, the bench one of 100,000. All but its invitation codes follows
-- from numbers, so that it can be told beforehand what there is. For psql, inside a transaction, with these variables:
--
--   organization   id of an organization with its root team, to which the company is added
--   first, people  number of the first person, and how many there are
--   levels, fan    how deep the teams stand below the root, and how many there are below each, on average: at the last level people learn
--   admins         how many of the first people administer the organization
--   invited, inactive   how many of a hundred others have not joined yet, or have left
--   username       how the username is made of first name, last name and number, for format(): "%1$s.%2$s" or "person%3$s"
--   hash           hash of the password with which everybody signs in
\set ON_ERROR_STOP on

-- --- Names ---------------------------------------------------------------------------------------------------------------------

-- Neighbours in number are far apart in the index, as random ids are. The kinds: 1 users, 2 organizations, 3 and 4 memberships, 5 teams.
CREATE FUNCTION pg_temp.id_of(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
  RETURN (lpad(to_hex(number * 2654435761 % 4294967296), 8, '0') || '-000' || kind || '-4000-8000-' || lpad(to_hex(number), 12, '0'))::uuid;

CREATE FUNCTION pg_temp.first_name(number bigint) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN ('{Ada,Agnieszka,Aisha,Alejandro,Amélie,Anders,Anna,Antonio,Ayşe,Beatriz,Benjamin,Björn,Bruno,Camille,Carlos,Cécile,Chiara,Chloé,Clara,'
          'Daniel,Dmitri,Edith,Elena,Elif,Emil,Emma,Erik,Fatima,Felix,Florian,François,Frida,Gabriel,Georg,Giulia,Greta,Hannah,Hasan,Helena,'
          'Hugo,Ibrahim,Ida,Inés,Ingrid,Ivan,Jakub,James,Jan,Jelena,Jonas,José,Julia,Kaito,Karim,Katarzyna,Kim,Klara,Lars,Laura,Léa,Leo,Lina,'
          'Lucía,Luis,Łukasz,Magda,Mahmoud,Maja,Marco,Maria,Martin,Mehmet,Mia,Miguel,Mira,Nadia,Niklas,Noah,Nora,Olga,Oscar,Paul,Petra,Quentin,'
          'Rosa,Samir,Sara,Sofia,Søren,Tara,Thomas,Ursula,Viktor,Wanda,Yusuf,Zoë}'::text[])[1 + number % 96];

CREATE FUNCTION pg_temp.one_last_name(number bigint) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN ('{Adams,Ahmed,Aksoy,Allen,Andersson,Bakker,Barbieri,Bauer,Becker,Bennett,Berg,Bianchi,Brandt,Braun,Brown,Carvalho,Castillo,Çelik,Clark,'
          'Conti,Cooper,Costa,Cruz,Dahl,Davies,Delgado,Demir,Diaz,Dubois,Dupont,Eriksson,Evans,Farkas,Fernández,Ferrari,Fischer,Flores,Fontaine,'
          'Foster,Fuchs,García,Gómez,González,Graf,Gray,Green,Gruber,Grün,Haddad,Hahn,Hall,Hansen,Hartmann,Hassan,Heinz,Hernández,Hill,Hoffmann,'
          'Horvat,Huber,Hughes,Ibáñez,Ito,Ivanov,Jacobs,Jansen,Jensen,Jiménez,Johansson,Jones,Jung,Kaiser,Kaya,Keller,Kelly,Khan,King,Klein,Koch,'
          'Kovács,Kowalski,Krause,Kruse,Lambert,Lang,Larsen,Lefèvre,Lehmann,Lewis,Lindholm,Lopes,López,Löwe,Maier,Marino,Martínez,Mayer,Meyer,'
          'Miller,Moreau,Moreno,Morgan,Müller,Murphy,Nagy,Nielsen,Novák,Nowak,Öztürk,Pereira,Pérez,Peters,Petrov,Popescu,Ramos,Richter,Rivera,'
          'Rossi,Roux,Ruiz,Sánchez,Santos,Schmidt,Schneider,Schulz,Silva,Şimşek,Smith,Sokolov,Stein,Suzuki,Svensson,Szabó,Tanaka,Taylor,Torres,'
          'Vargas,Visser,Vogel,Wagner,Walker,Weber,Wolf,Wójcik,Yılmaz,Zimmermann}'::text[])[1 + number % 146];

-- Every pair of names comes once before the last names are doubled.
CREATE FUNCTION pg_temp.last_name(number bigint) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN pg_temp.one_last_name(number / 96 + number) ||
         CASE WHEN number < 96 * 146 THEN '' ELSE '-' || pg_temp.one_last_name(number / (96 * 146) + number) END;

CREATE FUNCTION pg_temp.job_title(number bigint) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN ('{Driver,Picker,Packer,Driver,Forklift operator,Picker,Dispatcher,Driver,Mechanic,Packer,Clerk,Cleaner}'::text[])[1 + number % 12];

-- A name of a team that nobody else at its level has.
CREATE FUNCTION pg_temp.team_name(level integer, levels integer, place bigint) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN (SELECT words[1 + place % cardinality(words)] || CASE WHEN place < cardinality(words) THEN '' ELSE ' ' || 1 + place / cardinality(words) END
            FROM (SELECT (CASE level WHEN levels THEN '{Early Shift,Late Shift,Picking,Packing,Loading,Dispatch,Returns,Workshop,Forklifts,Customs}'
                                     WHEN 1 THEN '{North,South,East,West,Centre,Coast,Islands}'
                                     ELSE '{Antwerp,Bremen,Cádiz,Gdańsk,Genoa,Hamburg,Izmir,Kraków,Le Havre,Lyon,Malmö,Milan,Porto,Rotterdam}'
                                     END)::text[] AS words) AS names);

-- --- Teams ---------------------------------------------------------------------------------------------------------------------

CREATE TEMP TABLE company_teams AS
WITH levels AS (
  SELECT level::integer, round(:fan ^ level)::bigint AS teams, round(:fan ^ (level - 1))::bigint AS teams_above
    FROM generate_series(1, :levels) AS level
)
SELECT level, place, level < :levels AS has_teams, pg_temp.id_of('5', level * 100000 + :first + place) AS id,
       CASE level WHEN 1 THEN (SELECT id FROM teams WHERE organization_id = :'organization' AND type = 'ORGANIZATION')
                  ELSE pg_temp.id_of('5', (level - 1) * 100000 + :first + place * teams_above / teams) END AS parent_id,
       row_number() OVER (PARTITION BY level < :levels ORDER BY level, place) - 1 AS number
  FROM levels CROSS JOIN LATERAL generate_series(0, teams - 1) AS place;

INSERT INTO teams (id, organization_id, parent_id, name, type, created_at)
SELECT id, :'organization', parent_id, pg_temp.team_name(level, :levels, place), CASE WHEN has_teams THEN 'META' ELSE 'LEARNER' END,
       now() - interval '2 years' + place * interval '1 minute'
  FROM company_teams ORDER BY level, place;

-- --- People --------------------------------------------------------------------------------------------------------------------

-- First those who administer the organization, then one for each team of teams, then those who learn; the first of each team leads it.
CREATE TEMP TABLE company_people AS
WITH counts AS (
  SELECT count(*) FILTER (WHERE has_teams) AS areas, count(*) FILTER (WHERE NOT has_teams) AS teams FROM company_teams
), numbered AS (
  SELECT number, number - :first < :admins AS administers, number - :first - :admins AS area_place, number - :first - :admins - areas AS place,
         areas, teams, (number * 37 + number / 100) % 100 AS share
    FROM generate_series(:first::bigint, :first::bigint + :people - 1) AS number CROSS JOIN counts
), placed AS (
  SELECT number, administers, share, NOT administers AND area_place < areas AS leads_area, place BETWEEN 0 AND teams - 1 AS leads_team,
         CASE WHEN area_place BETWEEN 0 AND areas - 1 THEN area_place END AS area_number,
         CASE WHEN place >= 0 THEN place % teams END AS team_number
    FROM numbered
)
SELECT number, pg_temp.id_of('1', number) AS user_id, pg_temp.id_of('3', number) AS membership_id, administers, area_number, team_number, leads_team,
       pg_temp.first_name(number) AS first_name, pg_temp.last_name(number) AS last_name,
       lower(public.unaccent(format(:'username', replace(pg_temp.first_name(number), ' ', ''), pg_temp.last_name(number), number))) AS username,
       CASE WHEN administers THEN 'Manager' WHEN leads_area THEN 'Area manager' WHEN leads_team THEN 'Team leader'
            ELSE pg_temp.job_title(number / 96 + number) END AS job_title,
       CASE WHEN administers OR leads_area OR leads_team OR share >= :invited + :inactive THEN 'active'
            WHEN share < :invited THEN 'invited' ELSE 'inactive' END AS status,
       date_trunc('milliseconds', now() - interval '2 years' + (number * 7919 % 700) * interval '1 day' + number % 86400 * interval '1 second') AS invited_at
  FROM placed;

INSERT INTO users (id, username, email, provider, first_name, last_name, password_hash, created_at)
SELECT user_id, username, username || '@example.com', 'username', first_name, last_name, :'hash', invited_at + interval '2 days'
  FROM company_people WHERE status <> 'invited' ORDER BY number;

INSERT INTO memberships (id, organization_id, user_id, user_created_at, employee_id, first_name, last_name, email, job_title, role, status,
                         invited_at, joined_at, active_from, created_at)
SELECT membership_id, :'organization', users.id, users.created_at, 'E' || lpad(people.number::text, 6, '0'), people.first_name, people.last_name,
       people.username || '@example.com', job_title, CASE WHEN administers THEN 1 ELSE 3 END, status,
       invited_at, users.created_at, users.created_at, invited_at
  FROM company_people AS people LEFT JOIN users ON users.id = people.user_id
 ORDER BY people.number;

-- A digit of a number with the base 31, in letters that are not mistaken for each other.
CREATE FUNCTION pg_temp.code_letter(number bigint, place integer) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN substr('23456789ABCDEFGHJKMNPQRSTUVWXYZ', 1 + (number / (31 ^ place)::bigint % 31)::integer, 1);

-- Codes that nobody can guess: the numbers are spread over all there are, by two factors that are drawn now.
INSERT INTO invitations (membership_id, organization_id, invite_code, used_at, expires_at, created_at)
SELECT membership_id, :'organization',
       pg_temp.code_letter(code, 0) || pg_temp.code_letter(code, 1) || pg_temp.code_letter(code, 2) || pg_temp.code_letter(code, 3) ||
       pg_temp.code_letter(code, 4) || pg_temp.code_letter(code, 5),
       CASE WHEN status <> 'invited' THEN invited_at + interval '2 days' END, now() + interval '90 days', invited_at
  FROM (SELECT people.*, (number * factor + start) % 887503681 AS code
          FROM company_people AS people
          CROSS JOIN (SELECT 31 * floor(random() * 28000000)::bigint + 7 AS factor, floor(random() * 887503681)::bigint AS start) AS drawn) AS people
ON CONFLICT (invite_code) DO NOTHING;

INSERT INTO team_members (team_id, membership_id, organization_id)
SELECT company_teams.id, membership_id, :'organization'
  FROM company_people AS people JOIN company_teams ON NOT company_teams.has_teams AND company_teams.number = people.team_number;

INSERT INTO team_admins (team_id, membership_id, organization_id)
SELECT led.id, membership_id, :'organization'
  FROM company_people AS people
  JOIN company_teams AS led ON (led.has_teams, led.number) = (people.area_number IS NOT NULL, coalesce(people.area_number, people.team_number))
 WHERE people.area_number IS NOT NULL OR people.leads_team;
