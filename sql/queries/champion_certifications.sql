-- Who was trained to lead practice, and when: one certification a person.

-- fragment: certification_columns
certifications.id, certifications.user_id, certifications.date, certifications.created_at

-- Replacing the date keeps the id; the same date again changes nothing. No row: there is no such user. `future`: the date is still to come (UTC), and
-- nothing was done.
-- name: champion_certification_set
WITH certified AS (
  SELECT users.id, :date::date AS date, :date::date > (now() AT TIME ZONE 'UTC')::date AS future
    FROM users WHERE users.id = :user::uuid
), stored AS (
  INSERT INTO champion_certifications AS certifications (user_id, date)
  SELECT certified.id, certified.date FROM certified WHERE NOT certified.future
  ON CONFLICT (user_id) DO UPDATE SET date = excluded.date WHERE certifications.date <> excluded.date
)
SELECT certified.future FROM certified

-- name: show_champion_certification
SELECT {certification_columns} FROM champion_certifications AS certifications WHERE certifications.user_id = :user_id::uuid

-- name: champion_certification_delete
DELETE FROM champion_certifications AS certifications WHERE certifications.id = :id::uuid RETURNING {certification_columns}
