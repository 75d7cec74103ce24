# Makes the table of the bench from its figures: medians over the rounds, ratios as the median of each round's own ratio, and the goals.

function median(list, count,    i, j, held) {
    for (i = 2; i <= count; i++) {
        held = list[i]
        for (j = i - 1; j >= 1 && list[j] > held; j--) {
            list[j + 1] = list[j]
        }
        list[j + 1] = held
    }
    return count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
}

# The median of a column over the rounds; "" where nothing was measured.
function middle(name, connections, column,    i, list, count) {
    count = 0
    for (i = 0; i <= last_round; i++) {
        if ((i, connections, name) in seen && figure[i, connections, name, column] != "-") {
            list[++count] = figure[i, connections, name, column] + 0
        }
    }
    return count > 0 ? median(list, count) : ""
}

# Rounds in which the limit came to nothing tell nothing.
function ratio(name, connections, limit, limit_connections, column,    i, list, count, below) {
    count = 0
    for (i = 0; i <= last_round; i++) {
        if (((i, connections, name) in seen) && ((i, limit_connections, limit) in seen)) {
            below = figure[i, limit_connections, limit, column]
            if (below > 0) {
                list[++count] = figure[i, connections, name, column] / below
            }
        }
    }
    return count > 0 ? median(list, count) : ""
}

# What a request of the limit costs, as a ratio to this one's cost: it depends less than a rate on what else runs on the machine.
function cost(name, connections, limit, limit_connections,    own, other) {
    own = middle(name, connections, NGINX) + middle(name, connections, WORKERS) + middle(name, connections, POSTGRESQL)
    other = middle(limit, limit_connections, NGINX) + middle(limit, limit_connections, WORKERS) + middle(limit, limit_connections, POSTGRESQL)
    return own > 0 && other > 0 ? other / own : ""
}

function shown(value, form) {
    return value == "" ? "-" : sprintf(form, value)
}

function print_row(name, connections, limit, limit_connections,    rate) {
    rate = middle(name, connections, RATE)
    if (rate == "") {
        return
    }
    printf "%-22s %4d %10.1f %8s %8s %7s %7s %7s", name, connections, rate, shown(middle(name, connections, P50), "%.0f"),
        shown(middle(name, connections, P99), "%.0f"), shown(middle(name, connections, NGINX), "%.0f"),
        shown(middle(name, connections, WORKERS), "%.0f"), shown(middle(name, connections, POSTGRESQL), "%.0f")
    if (limit != "") {
        printf "   %s of %-12s", shown(ratio(name, connections, limit, limit_connections, RATE), "%.2f"), limit
        printf " %s", shown(cost(name, connections, limit, limit_connections), "cost %.2f")
    }
    if (failures[name, connections] > 0) {
        printf "   %d FAILED", failures[name, connections]
    }
    print ""
}

function print_rows(connections,    i, number, size, kind) {
    print_row("nginx", connections)
    print_row("bare", connections, "nginx", connections)
    print_row("uuid", connections, "bare", connections)
    print_row("pgbench", connections)
    print_row("minimal", connections, "pgbench", connections)
    print_row("session", connections, "minimal", connections)
    print_row("user", connections, "session", connections)
    print_row("page", connections, "session", connections)
    print_row("session-exempt", connections)
    if (middle("session-exempt", connections, RATE) != "") print_row("session", connections, "session-exempt", connections)
    print_row("page-exempt", connections)
    if (middle("page-exempt", connections, RATE) != "") print_row("page", connections, "page-exempt", connections)
    print_row("scores", connections, "session", connections)
    print_row("record", connections)
    print_row("events", connections, "record", connections)
    number = split(sizes, size, " ")
    for (i = 2; i <= number; i++) {
        print_row("session@" size[i], connections, "session", connections)
        print_row("user@" size[i], connections, "user", connections)
        print_row("page@" size[i], connections, "page", connections)
    }
    split(lists, size, " ")
    split("members search teams", kind, " ")
    for (i = 1; i <= 3; i++) {
        print_row(kind[i] "@" size[1], connections)
        print_row(kind[i] "@" size[2], connections, kind[i] "@" size[1], connections)
    }
}

function print_table() {
    printf "Users: %s (names without a number: %s). Times in microseconds; CPU per request.\n\n", sizes, base
    printf "%-22s %4s %10s %8s %8s %7s %7s %7s   %s\n", "", "conn", "per second", "p50", "p99", "nginx", "workers", "PostgreSQL", "rate"
    print_rows(16)
    print_rows(64)
    print_row("hash", 2)
    print_row("sign-in", 4, "hash", 2)
    print_row("light", 4)
    print_row("hash+light", 4, "hash", 2)
    print_row("light+hash", 4, "light", 4)
    print_row("sign-in+light", 4, "hash+light", 4)
    print_row("light+sign-in", 4, "light", 4)
    print_row("sign-in+session", 4, "hash", 2)
    print_row("session+sign-in", 16, "session", 16)
    print_row("xmlsec", 1)
    print_row("saml", 1, "xmlsec", 1)
    print "\nhash: passwords hashed by two processes and nothing else; light: GET /session by 4 connections that pause 40 ms after each"
    print "answer; members: a page of the memberships of the large company; search: its people by their names; teams: its tree of 2,000 teams;"
    print "scores: that tree with the scores of its teams; record: PostgreSQL alone recording events of the course player by the same statement; events: muster doing it;"
    print "xmlsec: signed SAML responses verified by the library alone on one core; saml: the same ones judged in full, short of the database;"
    print "exempt: the same server as a role for which no row-level security holds; a+b: the figures of a while b runs beside it. \"of\" is the rate"
    print "as a ratio to another row's in the same round, and \"cost\" that row's CPU time for one request as a ratio to this one's."
}

function print_others(    key, part, list, count, worst, value) {
    for (key in figure) {
        split(key, part, SUBSEP)
        if (part[4] == OTHERS && figure[key] != "-") {
            list[++count] = figure[key] + 0
            worst = list[count] > worst ? list[count] : worst
        }
    }
    if (count > 0) {
        value = median(list, count)
        printf "\nOther processes used %.0f %% of the machine meanwhile (median; at most %.0f %%)%s.\n", 100 * value, 100 * worst,
            (value > 0.05 ? ": measure again when it is idle" : "")
    }
}

function goal(text, value, sign, limit, form) {
    if (value == "") {
        return
    }
    met = sign == ">" ? value >= limit : value <= limit
    printf "  %-78s %8s  %s %-5s  %s\n", text, sprintf(form, value), sign == ">" ? "at least" : "at most ", sprintf(form, limit),
        met ? "met" : "MISSED"
}

function print_goals(    i, connections, number, size, list) {
    print "\nGoals"
    for (i = 1; i <= 2; i++) {
        connections = i == 1 ? 16 : 64
        at = " at " connections
        goal("GET /uuid/new to the bare answer" at, ratio("uuid", connections, "bare", connections, RATE), ">", 0.90, "%.2f")
        goal("GET /session to the minimal program" at, ratio("session", connections, "minimal", connections, RATE), ">", 0.85, "%.2f")
        goal("GET /session to pgbench" at, ratio("session", connections, "pgbench", connections, RATE), ">", 0.50, "%.2f")
        goal("GET /users?size=25 to GET /session" at, ratio("page", connections, "session", connections, RATE), ">", 0.50, "%.2f")
        goal("GET /session to the same without row-level security" at, ratio("session", connections, "session-exempt", connections, RATE), ">", 0.87, "%.2f")
        goal("GET /users?size=25 to the same without row-level security" at, ratio("page", connections, "page-exempt", connections, RATE), ">", 0.87, "%.2f")
        goal("the scores of 2,000 teams to GET /session" at, ratio("scores", connections, "session", connections, RATE), ">", 0.10, "%.2f")
        goal("progress events to PostgreSQL alone recording them" at, ratio("events", connections, "record", connections, RATE), ">", 0.60, "%.2f")
        number = split(sizes, size, " ")
        if (number > 1) {
            goal("GET /session with " size[number] " users to " base at,
                ratio("session@" size[number], connections, "session", connections, RATE), ">", 0.90, "%.2f")
        }
        split(lists, list, " ")
        grown = " with " list[2] " people to " list[1] at
        goal("a page of memberships" grown, ratio("members@" list[2], connections, "members@" list[1], connections, RATE), ">", 0.80, "%.2f")
        goal("the search for people" grown, ratio("search@" list[2], connections, "search@" list[1], connections, RATE), ">", 0.80, "%.2f")
        goal("the tree of teams" grown, ratio("teams@" list[2], connections, "teams@" list[1], connections, RATE), ">", 0.80, "%.2f")
    }
    goal("p99 of GET /session to the minimal program's at 16", ratio("session", 16, "minimal", 16, P99), "<", 1.50, "%.2f")
    goal("sign-ins to the rate of the hash alone", ratio("sign-in", 4, "hash", 2, RATE), ">", 0.90, "%.2f")
    goal("sign-ins to the hash alone, GET /session beside both", ratio("sign-in+light", 4, "hash+light", 4, RATE), ">", 0.90, "%.2f")
    goal("p99 of GET /session beside sign-ins to that without", ratio("light+sign-in", 4, "light", 4, P99), "<", 2.00, "%.2f")
    if (middle("roster-copy", 1, RATE) != "") {
        goal("importing 100,000 people for the first time to copying their lines, in time", middle("roster-first", 1, RATE) / middle("roster-copy", 1, RATE), "<", 5, "%.1f")
        goal("importing them again, unchanged, to copying their lines, in time", middle("roster-again", 1, RATE) / middle("roster-copy", 1, RATE), "<", 5, "%.1f")
    }
    if (middle("leave-10000", 1, RATE) != "") {
        goal("10,000 deletions to one, in time", middle("leave-10000", 1, RATE) / middle("leave-1", 1, RATE), "<", 100, "%.0f")
    }
    goal("SAML responses judged to the signatures that xmlsec verifies", ratio("saml", 1, "xmlsec", 1, RATE), ">", 0.70, "%.2f")
    goal("PSS of master and 8 workers after the start, MB", megabytes("memory-fresh"), "<", 10, "%.1f")
    goal("PSS of master and 8 workers after the load, MB", megabytes("memory-used"), "<", 10, "%.1f")
    goal("from start to ready, ms", middle("start", 0, RATE), "<", 150, "%.0f")
}

function megabytes(name,    kilobytes) {
    kilobytes = middle(name, 0, RATE)
    return kilobytes == "" ? "" : kilobytes / 1024
}

BEGIN {
    RATE = 4
    P50 = 5
    P99 = 6
    FAILED = 7
    NGINX = 8
    WORKERS = 9
    POSTGRESQL = 10
    OTHERS = 11
}

# The first round only warms up, but for what is measured once.
$1 == 0 && $2 > 0 { next }
{
    seen[$1, $2, $3] = 1
    for (i = RATE; i <= OTHERS; i++) {
        figure[$1, $2, $3, i] = $i
    }
    failures[$3, $2] += $FAILED
    if ($1 > last_round) {
        last_round = $1
    }
}

END {
    print_table()
    print_others()
    print_goals()
}
