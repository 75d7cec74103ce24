-- Moab: users and user groups with numbers. Everything is about the organization that the caller's token is for.

-- Who is inactive may not use this organization, and is shown so.
-- fragment: moab_user_columns
users.number AS id, users.first_name, users.last_name, coalesce(memberships.description, '') AS description,
       coalesce(users.email, memberships.email, '') AS email, memberships.role,
       coalesce((SELECT teams.number FROM team_members JOIN teams ON teams.id = team_members.team_id AND teams.type = 'META'
                  WHERE team_members.membership_id = memberships.id ORDER BY teams.created_at, teams.id LIMIT 1), 0) AS user_group,
       (users.enabled AND memberships.status = 'active')::integer AS enabled

-- name: moab_list_users
SELECT totals.total, page.*
  FROM (SELECT people_count AS total FROM organization_statistics WHERE organization_id = muster_organization()) AS totals
  LEFT JOIN LATERAL (
    SELECT {moab_user_columns}, memberships.user_created_at, memberships.user_id
      FROM memberships JOIN users ON users.id = memberships.user_id
     WHERE memberships.organization_id = muster_organization() AND memberships.user_id IS NOT NULL
     ORDER BY memberships.user_created_at, memberships.user_id LIMIT :limit::bigint OFFSET :offset::bigint) AS page ON true
 ORDER BY page.user_created_at, page.user_id

-- name: moab_show_user
SELECT {moab_user_columns}
  FROM users JOIN memberships ON memberships.user_id = users.id AND memberships.organization_id = muster_organization()
 WHERE users.number = :user_number::bigint

-- An address that somebody has gives no row. All of it is one statement, so that nothing is left where the address is taken.
-- name: moab_user_create
WITH created AS (
  INSERT INTO users (email, provider, first_name, last_name, password_hash, enabled)
  VALUES (:email, 'email', :first_name, :last_name, :password_hash, :enabled::boolean)
  ON CONFLICT (email) DO NOTHING
  RETURNING id, number, created_at
), joined AS (
  INSERT INTO memberships (organization_id, user_id, user_created_at, first_name, last_name, email, description, role, status,
                           joined_at, active_from)
  SELECT organizations.id, created.id, created.created_at, :first_name, :last_name, :email, :description, :role::smallint, 'active',
         now(), now() + make_interval(days => organizations.new_hire_delay_days)
    FROM created, organizations WHERE organizations.id = :organization::uuid
  RETURNING id, organization_id
), grouped AS (
  INSERT INTO team_members (team_id, membership_id, organization_id)
  SELECT teams.id, joined.id, joined.organization_id
    FROM joined JOIN teams ON teams.organization_id = joined.organization_id AND teams.number = :user_group::bigint AND teams.type = 'META'
)
SELECT created.number, joined.id AS membership_id FROM created, joined

-- A group that takes somebody cannot go meanwhile.
-- name: moab_group_hold
SELECT id FROM teams
 WHERE number = :user_group::bigint AND organization_id = :organization::uuid AND type = 'META' FOR KEY SHARE

-- Who is to leave, locked, and whether somebody else can still administer the organization, whose row is locked already.
-- name: moab_leaver
SELECT memberships.id, memberships.user_id, memberships.role = 1 AS creator,
       EXISTS (SELECT 1 FROM memberships AS others JOIN users AS creators ON creators.id = others.user_id AND creators.enabled
                WHERE others.organization_id = memberships.organization_id AND others.id <> memberships.id
                  AND others.role = 1 AND others.status = 'active') AS others
  FROM users JOIN memberships ON memberships.user_id = users.id AND memberships.organization_id = :organization::uuid
 WHERE users.number = :user_number::bigint
   FOR UPDATE OF users, memberships

-- name: moab_list_groups
SELECT totals.total, page.*
  FROM (SELECT count(*) AS total FROM teams WHERE organization_id = muster_organization() AND type = 'META') AS totals
  LEFT JOIN LATERAL (
    SELECT teams.number AS id, teams.name, coalesce(teams.description, '') AS description, teams.created_at, teams.id AS team_id
      FROM teams WHERE teams.organization_id = muster_organization() AND teams.type = 'META'
     ORDER BY teams.created_at, teams.id LIMIT :limit::bigint OFFSET :offset::bigint) AS page ON true
 ORDER BY page.created_at, page.team_id

-- name: moab_show_group
SELECT number AS id, name, coalesce(description, '') AS description
  FROM teams WHERE number = :group_number::bigint AND organization_id = muster_organization() AND type = 'META'

-- A name that a sister has gives no row.
-- name: moab_group_create
INSERT INTO teams (organization_id, parent_id, name, type, description)
SELECT organization_id, id, :name, 'META', :description FROM teams
 WHERE organization_id = :organization::uuid AND type = 'ORGANIZATION'
ON CONFLICT (parent_id, lower(btrim(name))) DO NOTHING
RETURNING number

-- The tree is locked, so that nothing comes below it meanwhile. Its people stay.
-- name: moab_group_delete
DELETE FROM teams
 WHERE number = :group_number::bigint AND organization_id = :organization::uuid AND type = 'META'
   AND NOT EXISTS (SELECT 1 FROM teams AS below WHERE below.parent_id = teams.id)
RETURNING number

-- The organization with its root and its group, which all have one name. A name that is taken gives no row.
-- name: moab_organization_create
WITH created AS (
  INSERT INTO organizations (name) VALUES (:name) ON CONFLICT (lower(name)) DO NOTHING RETURNING id, name
), root AS (
  INSERT INTO teams (organization_id, name, type) SELECT id, name, 'ORGANIZATION' FROM created RETURNING id, organization_id, name
)
INSERT INTO teams (organization_id, parent_id, name, type, description)
SELECT organization_id, id, name, 'META', :description FROM root
RETURNING organization_id, number
