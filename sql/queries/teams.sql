-- Teams: a tree in each organization, whose root is the organization itself.

-- fragment: team_columns
teams.id, teams.organization_id, teams.parent_id, teams.name, teams.type,
       statistics.active_count + statistics.invited_count AS status_members, statistics.active_count AS status_active,
       statistics.invited_count AS status_invited, statistics.admins_count AS status_admins,
       scores.overall_worklete_score, muster_score_label(scores.overall_worklete_score) AS overall_worklete_score_label,
       teams.created_at, teams.updated_at

-- What is counted and scored of `teams` elsewhere.
-- fragment: team_figures
LEFT JOIN team_statistics AS statistics ON statistics.team_id = teams.id
  LEFT JOIN team_scores AS scores ON scores.team_id = teams.id

-- The caller's part in the organization that `teams` belongs to; employees need none.
-- fragment: own_membership_of_team
LEFT JOIN memberships AS own
         ON own.organization_id = teams.organization_id AND own.user_id = muster_caller() AND own.status = 'active'

-- Whoever has no part in the organization does not learn that the team exists.
-- fragment: caller_sees_team
(own.id IS NOT NULL OR muster_caller_is_employee())

-- fragment: caller_administers_organization
(own.role = 1 OR muster_caller_is_employee())

-- Named on the team or on one above it.
-- fragment: caller_administers_team
EXISTS (WITH RECURSIVE above AS (
                  SELECT start.id, start.parent_id FROM teams AS start WHERE start.id = teams.id
                  UNION ALL
                  SELECT next.id, next.parent_id FROM above JOIN teams AS next ON next.id = above.parent_id
                )
                SELECT 1 FROM above JOIN team_admins ON team_admins.team_id = above.id
                 WHERE team_admins.membership_id = own.id)

-- fragment: caller_is_in_team
EXISTS (SELECT 1 FROM team_members WHERE team_members.team_id = teams.id AND team_members.membership_id = own.id)

-- fragment: membership_columns
memberships.id, memberships.organization_id, memberships.user_id, memberships.employee_id, memberships.first_name,
       memberships.last_name, memberships.email, memberships.job_title, memberships.role, memberships.role = 1 AS org_admin,
       memberships.status, memberships.invited_at, memberships.joined_at, memberships.active_from, memberships.created_at,
       memberships.updated_at, belongs.team_id, belongs.team_name, belongs.team_admin

-- The teams that a membership learns in or administers; one row for a team that it does both in, which says that it administers it.
-- fragment: belongs_to_teams
LEFT JOIN invitations ON invitations.membership_id = memberships.id
  LEFT JOIN LATERAL (
    SELECT places.id AS team_id, places.name AS team_name, places.created_at AS team_created_at,
           bool_or(place.admin) AS team_admin
      FROM (SELECT team_id, false AS admin FROM team_members WHERE membership_id = memberships.id
            UNION ALL
            SELECT team_id, true FROM team_admins WHERE membership_id = memberships.id) AS place
      JOIN teams AS places ON places.id = place.team_id
     GROUP BY places.id
  ) AS belongs ON true

-- name: show_team
SELECT {caller_administers_organization} OR {caller_is_in_team} OR {caller_administers_team} AS permitted,
       {team_columns}
  FROM teams
  {team_figures}
  {own_membership_of_team}
 WHERE teams.id = :team_id::uuid AND {caller_sees_team}

-- What a change of a team is judged by. The row is locked, so that it stays so until the end.
-- name: team_to_change
SELECT teams.id, teams.organization_id, teams.parent_id, teams.name, teams.type, own.id AS own_id,
       {caller_administers_organization} AS administers_organization,
       {caller_administers_organization} OR {caller_administers_team} AS administers_team
  FROM teams
  {own_membership_of_team}
 WHERE teams.id = :team::uuid AND {caller_sees_team}
   FOR NO KEY UPDATE OF teams

-- name: team_rename
UPDATE teams SET name = :name, updated_at = now() WHERE id = :team::uuid AND name <> :name

-- name: team_shown
SELECT {team_columns}
  FROM teams {team_figures}
 WHERE teams.id = :team::uuid

-- A team with teams below it stays: no row.
-- name: team_delete
DELETE FROM teams WHERE id = :team::uuid AND NOT EXISTS (SELECT 1 FROM teams AS below WHERE below.parent_id = :team::uuid)
RETURNING id

-- A page of an organization's teams, without its root.
-- name: list_teams
SELECT totals.total, totals.permitted, {team_columns}
  FROM (SELECT statistics.teams_count AS total, true AS permitted
          FROM organizations
          JOIN organization_statistics AS statistics ON statistics.organization_id = organizations.id
          LEFT JOIN memberships AS own
            ON own.organization_id = organizations.id AND own.user_id = muster_caller() AND own.status = 'active'
         WHERE organizations.id = :organization_id::uuid AND (own.id IS NOT NULL OR muster_caller_is_employee())) AS totals
  LEFT JOIN LATERAL (SELECT * FROM teams AS page
                      WHERE page.organization_id = :organization_id::uuid AND page.type <> 'ORGANIZATION'
                      ORDER BY page.created_at, page.id LIMIT :limit::bigint OFFSET :offset::bigint) AS teams ON true
  {team_figures}
 ORDER BY teams.created_at, teams.id

-- The organization's root, for those who may make teams; the caller's part is told.
-- name: organization_root
SELECT teams.id, {caller_administers_organization} AS administers_organization
  FROM teams
  {own_membership_of_team}
 WHERE teams.organization_id = :organization::uuid AND teams.type = 'ORGANIZATION' AND {caller_sees_team}

-- A parent becomes a team of teams, unless people learn in it. No row: another organization's, or people are in it (told by `peopled`).
-- name: team_parent_take
WITH parent AS (
  SELECT id, type, EXISTS (SELECT 1 FROM team_members WHERE team_id = teams.id) AS peopled
    FROM teams WHERE id = :parent::uuid AND organization_id = :organization::uuid
     FOR NO KEY UPDATE
), changed AS (
  UPDATE teams SET type = 'META', updated_at = now()
    FROM parent WHERE teams.id = parent.id AND parent.type = 'LEARNER' AND NOT parent.peopled
)
SELECT id, peopled FROM parent

-- name: team_insert
INSERT INTO teams (organization_id, parent_id, name, type)
VALUES (:organization::uuid, :parent::uuid, :name, :type)
RETURNING id

-- --- Admins of a team ---

-- name: list_team_admins
SELECT seen.total, seen.permitted, {membership_columns},
       CASE WHEN invitations.used_at IS NULL AND seen.shows_codes THEN invitations.invite_code END AS invite_code
  FROM (SELECT teams.id, {caller_administers_organization} OR {caller_is_in_team} OR {caller_administers_team} AS permitted,
               {caller_administers_organization} AS shows_codes,
               (SELECT count(*) FROM team_admins WHERE team_admins.team_id = teams.id) AS total
          FROM teams {own_membership_of_team}
         WHERE teams.id = :team_id::uuid AND {caller_sees_team}) AS seen
  LEFT JOIN LATERAL (SELECT memberships.* FROM team_admins JOIN memberships ON memberships.id = team_admins.membership_id
                      WHERE team_admins.team_id = seen.id
                      ORDER BY memberships.created_at, memberships.id
                      LIMIT :limit::bigint OFFSET :offset::bigint) AS memberships ON true
  {belongs_to_teams}
 ORDER BY memberships.created_at, memberships.id, belongs.team_created_at, belongs.team_id

-- A membership of the team's organization becomes its admin; naming it again changes nothing. No row: not of this organization.
-- name: team_admin_add
WITH member AS (
  SELECT memberships.id, memberships.organization_id FROM memberships
   WHERE memberships.id = :membership::uuid AND memberships.organization_id = :organization::uuid
     AND memberships.status <> 'inactive'
), added AS (
  INSERT INTO team_admins (team_id, membership_id, organization_id)
  SELECT :team::uuid, member.id, member.organization_id FROM member
  ON CONFLICT DO NOTHING
)
SELECT id FROM member

-- name: team_admin_remove
DELETE FROM team_admins WHERE team_id = :team::uuid AND membership_id = :membership::uuid
RETURNING membership_id

-- A membership as its own answer; the caller was judged before.
-- name: membership_shown
SELECT {membership_columns},
       CASE WHEN invitations.used_at IS NULL AND :shows_code::boolean THEN invitations.invite_code END AS invite_code
  FROM memberships
  {belongs_to_teams}
 WHERE memberships.id = :membership::uuid
 ORDER BY belongs.team_created_at, belongs.team_id

-- The team that is asked about, for those who may administer it.
-- fragment: team_to_administer
seen AS (
  SELECT teams.id, teams.organization_id, {caller_administers_organization} AS shows_codes,
         {caller_administers_organization} OR {caller_administers_team} AS permitted
    FROM teams {own_membership_of_team}
   WHERE teams.id = :team_id::uuid AND {caller_sees_team}
)

-- People of the organization who do not administer the team yet, found by their names: their words first, behind the fence of OFFSET, and the
-- organization by a condition that no index answers (IS TRUE), since the planner would otherwise read all people of the organization, whom it thinks to
-- be few.
-- name: potential_admins
WITH {team_to_administer}, asked AS MATERIALIZED (
  SELECT organization_id, muster_words_lookup_of(organization_id, :q) AS lookup, muster_words_query_of(organization_id, :q) AS query
    FROM seen WHERE permitted
), matching AS MATERIALIZED (
  SELECT people.id, people.first_name, people.last_name, people.created_at
    FROM asked
    CROSS JOIN LATERAL (SELECT id FROM membership_words AS words WHERE words.search @@ asked.lookup OFFSET 0) AS found
    JOIN memberships AS people ON people.id = found.id
   WHERE (people.organization_id = asked.organization_id) IS TRUE AND people.search @@ asked.query AND people.status = 'active'
     AND people.id NOT IN (SELECT membership_id FROM team_admins WHERE team_admins.team_id = :team_id::uuid)
)
SELECT totals.total, seen.permitted, {membership_columns},
       CASE WHEN invitations.used_at IS NULL AND seen.shows_codes THEN invitations.invite_code END AS invite_code
  FROM seen
  CROSS JOIN (SELECT count(*) AS total FROM matching) AS totals
  LEFT JOIN LATERAL (SELECT memberships.* FROM (SELECT * FROM matching ORDER BY {order:matching}
                                                 LIMIT :limit::bigint OFFSET :offset::bigint) AS page
                       JOIN memberships ON memberships.id = page.id) AS memberships ON true
  {belongs_to_teams}
 ORDER BY {order:memberships}, belongs.team_created_at, belongs.team_id

-- --- Invitations of a team ---

-- Those of the memberships in `places` whose invitation nobody has used.
-- fragment: page_of_unused_invites
, waiting AS (
  SELECT memberships.id, memberships.created_at
    FROM places
    JOIN memberships ON memberships.id = places.membership_id AND memberships.status = 'invited'
    JOIN invitations ON invitations.membership_id = memberships.id AND invitations.used_at IS NULL
)
SELECT totals.total, seen.permitted, {membership_columns}, invitations.invite_code
  FROM seen
  CROSS JOIN (SELECT count(*) AS total FROM waiting) AS totals
  LEFT JOIN LATERAL (SELECT memberships.* FROM (SELECT * FROM waiting ORDER BY waiting.created_at, waiting.id
                                                 LIMIT :limit::bigint OFFSET :offset::bigint) AS page
                       JOIN memberships ON memberships.id = page.id) AS memberships ON true
  {belongs_to_teams}
 ORDER BY memberships.created_at, memberships.id, belongs.team_created_at, belongs.team_id

-- Learners only.
-- name: list_team_invites
WITH {team_to_administer}, places AS (
  SELECT team_members.membership_id FROM seen JOIN team_members ON team_members.team_id = seen.id WHERE seen.permitted
)
{page_of_unused_invites}

-- Learners and admins.
-- name: list_team_unused_invites
WITH {team_to_administer}, places AS (
  SELECT team_members.membership_id FROM seen JOIN team_members ON team_members.team_id = seen.id WHERE seen.permitted
  UNION
  SELECT team_admins.membership_id FROM seen JOIN team_admins ON team_admins.team_id = seen.id WHERE seen.permitted
)
{page_of_unused_invites}

-- --- The tree ---

-- The teams that the caller may see in an organization. An admin of the organization sees all of it; others the teams they learn in and those
-- they administer with all below.
-- fragment: visible_teams
RECURSIVE seen AS (
  SELECT organizations.id AS organization_id, own.id AS own_id,
         (own.role = 1 OR muster_caller_is_employee()) AS administers
    FROM organizations
    LEFT JOIN memberships AS own
      ON own.organization_id = organizations.id AND own.user_id = muster_caller() AND own.status = 'active'
   WHERE organizations.id = :organization_id::uuid AND (own.id IS NOT NULL OR muster_caller_is_employee())
), below AS (
  SELECT team_admins.team_id AS id FROM seen JOIN team_admins ON team_admins.membership_id = seen.own_id WHERE NOT seen.administers
  UNION
  SELECT teams.id FROM below JOIN teams ON teams.parent_id = below.id
), own AS (
  SELECT id FROM below
  UNION
  SELECT team_members.team_id FROM seen JOIN team_members ON team_members.membership_id = seen.own_id WHERE NOT seen.administers
), visible AS (
  SELECT every.* FROM seen JOIN teams AS every ON every.organization_id = seen.organization_id AND seen.administers
  UNION ALL
  SELECT every.* FROM own JOIN teams AS every ON every.id = own.id
)

-- Each with its parent, in the order of their names.
-- name: my_teams_tree
WITH {visible_teams}
SELECT {team_columns}, seen.organization_id AS seen_organization_id
  FROM seen
  LEFT JOIN visible AS teams ON true
  {team_figures}
 ORDER BY lower(teams.name), teams.id

-- The parents of a team up to the root, nearest first.
-- name: team_and_above
WITH RECURSIVE above AS (
  SELECT start.id, start.parent_id, 0 AS depth FROM teams AS start WHERE start.id = :team::uuid
  UNION ALL
  SELECT next.id, next.parent_id, above.depth + 1 FROM above JOIN teams AS next ON next.id = above.parent_id
)
SELECT {team_columns}, {data_points} AS data_points
  FROM above JOIN teams ON teams.id = above.id {team_figures}
 ORDER BY above.depth

-- The teams that a membership learns in or administers; who may ask is as for the membership.
-- name: list_membership_teams
WITH RECURSIVE target AS (
  SELECT memberships.id, own.role AS own_role, own.id AS own_id
    FROM memberships
    LEFT JOIN memberships AS own
      ON own.organization_id = memberships.organization_id AND own.user_id = muster_caller() AND own.status = 'active'
   WHERE memberships.id = :membership_id::uuid AND (own.id IS NOT NULL OR muster_caller_is_employee())
), places AS (
  SELECT team_id FROM target JOIN team_members ON team_members.membership_id = target.id
  UNION
  SELECT team_id FROM target JOIN team_admins ON team_admins.membership_id = target.id
), above AS (
  SELECT teams.id, teams.parent_id FROM target JOIN team_members ON team_members.membership_id = target.id
    JOIN teams ON teams.id = team_members.team_id
  UNION
  SELECT teams.id, teams.parent_id FROM above JOIN teams ON teams.id = above.parent_id
), judged AS (
  SELECT muster_caller_is_employee() OR target.own_role = 1 OR target.own_id = target.id
         OR EXISTS (SELECT 1 FROM team_admins JOIN above ON above.id = team_admins.team_id
                     WHERE team_admins.membership_id = target.own_id) AS permitted
    FROM target
)
SELECT judged.permitted, (SELECT count(*) FROM places) AS total, {team_columns}
  FROM judged
  LEFT JOIN LATERAL (SELECT places_teams.* FROM places JOIN teams AS places_teams ON places_teams.id = places.team_id
                      ORDER BY places_teams.created_at, places_teams.id
                      LIMIT :limit::bigint OFFSET :offset::bigint) AS teams ON true
  {team_figures}
 ORDER BY teams.created_at, teams.id
