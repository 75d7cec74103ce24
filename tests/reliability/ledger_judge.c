/* Reading a ledger's writes back. */
#include <string.h>

#include "reliability/ledger_parts.h"
#include "support/company.h"
#include "support/figure.h"
#include "support/world_parts.h"

/* Each tells a number, how often it is there, and how many audit events it has. Events of players leave none:
 * they are a log themselves. */
static const char *const readings[ENTRY_KINDS] = {
    [ENTRY_EVENT] = "SELECT right(session_id::text, 12), count(*), count(*) FROM player_events GROUP BY 1",
    [ENTRY_TEAM] =
        "SELECT substr(teams.name, 6), count(DISTINCT teams.id), count(events.id) FROM teams LEFT JOIN "
        "audit_events AS events ON events.action = 'team.create' AND events.thing_id = teams.id::text "
        "WHERE teams.name LIKE 'Team %' GROUP BY 1",
    [ENTRY_RENAME] =
        "SELECT substr(after ->> 'name', 9), count(*), count(*) FROM audit_events WHERE action = "
        "'team.update' AND after ->> 'name' LIKE 'Renamed %' GROUP BY 1",
    [ENTRY_MEMBERSHIP] =
        "SELECT substr(people.first_name, 8), count(DISTINCT people.id), count(events.id) FROM memberships "
        "AS people LEFT JOIN audit_events AS events ON events.action = 'membership.create' AND "
        "events.thing_id = people.id::text WHERE people.first_name LIKE 'Person %' GROUP BY 1",
};

/* What is found where everything agrees: nothing. */
static const char *const disagreements[] = {
    "SELECT id FROM assignments JOIN LATERAL (SELECT bool_or(completes) AS done, (array_agg(progress ORDER "
    "BY "
    "client_time DESC))[1] AS latest FROM player_events WHERE assignment = number) AS told ON true WHERE "
    "(status = 'completed', progress) IS DISTINCT FROM (coalesce(told.done, false), "
    "coalesce(told.latest, '{}'))",
    "SELECT organization_id FROM organization_statistics AS told WHERE teams_count <> (SELECT count(*) FROM "
    "teams WHERE organization_id = told.organization_id AND parent_id IS NOT NULL) OR members_count <> "
    "(SELECT "
    "count(*) FROM memberships WHERE organization_id = told.organization_id AND status <> 'inactive')",
    "SELECT teams.id FROM teams JOIN LATERAL (SELECT after ->> 'name' AS name FROM audit_events WHERE "
    "thing_id = teams.id::text ORDER BY position DESC LIMIT 1) AS last ON true WHERE teams.name LIKE "
    "'Renamed %' AND teams.name <> last.name",
    "SELECT thing_id FROM audit_events WHERE action = 'team.create' AND after ->> 'name' LIKE 'Team %' AND "
    "NOT EXISTS (SELECT FROM teams WHERE teams.id::text = thing_id)",
    "SELECT id FROM memberships WHERE first_name LIKE 'Person %' AND NOT EXISTS (SELECT FROM invitations "
    "WHERE membership_id = memberships.id)",
};

struct found {
    size_t *stored;
    size_t *audited;
    size_t count;
};

static PGresult *query(const char *statement)
{
    PGresult *rows = PQexec(ledger_cast.world->database, statement);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", statement, PQresultErrorMessage(rows));
    }
    return rows;
}

static void read_kind(enum entry_kind kind, struct found *found)
{
    PGresult *rows = query(readings[kind]);
    for (int row = 0; row < PQntuples(rows); row++) {
        size_t number = strtoul(PQgetvalue(rows, row, 0), NULL, 10);
        if (number >= found->count || ledger_entry(number)->kind != kind) {
            fail_msg("nobody sent number %zu", number);
        }
        found->stored[number] = strtoul(PQgetvalue(rows, row, 1), NULL, 10);
        found->audited[number] = strtoul(PQgetvalue(rows, row, 2), NULL, 10);
    }
    PQclear(rows);
}

static void judge_entry(const struct entry *entry, size_t stored, size_t audited, struct verdict *verdict)
{
    verdict->acknowledged += entry->outcome == ACKNOWLEDGED;
    verdict->refused += entry->outcome == REFUSED;
    verdict->unknown += entry->outcome == UNKNOWN;
    verdict->lost += entry->outcome == ACKNOWLEDGED && stored == 0;
    verdict->phantom += entry->outcome == REFUSED && stored > 0;
    verdict->doubled += stored > 1;
    verdict->unaudited += stored != audited;
}

static void expect_agreement(void)
{
    for (size_t i = 0; i < COUNT(disagreements); i++) {
        PGresult *rows = query(disagreements[i]);
        if (PQntuples(rows) > 0) {
            fail_msg("%s: %s", disagreements[i], PQgetvalue(rows, 0, 0));
        }
        PQclear(rows);
    }
}

struct verdict ledger_judge(void)
{
    struct verdict verdict = {0};
    struct found found = {.count = ledger_count()};
    found.stored = calloc(found.count + 1, sizeof(size_t));
    found.audited = calloc(found.count + 1, sizeof(size_t));
    assert_true(found.stored != NULL && found.audited != NULL);
    for (enum entry_kind kind = ENTRY_EVENT; kind < ENTRY_KINDS; kind++) {
        read_kind(kind, &found);
    }
    for (size_t i = 0; i < found.count; i++) {
        if (ledger_entry(i)->kind != ENTRY_READ) {
            judge_entry(ledger_entry(i), found.stored[i], found.audited[i], &verdict);
        }
    }
    free(found.stored);
    free(found.audited);
    expect_agreement();
    return verdict;
}

void ledger_expect_good(void)
{
    struct verdict verdict = ledger_judge();
    figure("%zu writes acknowledged, %zu refused, %zu unknown; %zu lost, %zu twice, %zu refused but there, "
           "%zu without their audit event",
           verdict.acknowledged, verdict.refused, verdict.unknown, verdict.lost, verdict.doubled,
           verdict.phantom, verdict.unaudited);
    assert_true(verdict.acknowledged > 0);
    assert_true(verdict.refused > 0);
    assert_int_equal(verdict.lost, 0);
    assert_int_equal(verdict.doubled, 0);
    assert_int_equal(verdict.phantom, 0);
    assert_int_equal(verdict.unaudited, 0);
}
