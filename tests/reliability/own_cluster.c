/* The work is done by the script tests/reliability/cluster, which knows whom PostgreSQL runs as. */
#include "reliability/own_cluster.h"

#include <sys/mount.h>

#include "support/cmocka_headers.h"
#include "support/process.h"
#include "support/world.h"

static int run(const struct own_cluster *cluster, const char *what, const char *line, const char *other)
{
    const char *arguments[] = {
        "bash", SOURCE_FOLDER "/tests/reliability/cluster", what, cluster->folder, line, other, NULL};
    return process_wait(process_start(arguments, NULL, NULL, NULL));
}

void own_cluster_need(void)
{
    if (getenv("MUSTER_TEST_DATABASE_URL") == NULL) {
        puts("skipped: MUSTER_TEST_DATABASE_URL is not set");
        exit(EXIT_SKIP);
    }
}

static void make_folder(struct own_cluster *cluster)
{
    *cluster = (struct own_cluster){.folder = "/tmp/muster-cluster-XXXXXX"};
    assert_non_null(mkdtemp(cluster->folder));
}

static void make_in_folder(const struct own_cluster *cluster, const char *line, const char *other)
{
    if (run(cluster, "make", line, other) != 0) {
        fail_msg("no PostgreSQL could be made in %s", cluster->folder);
    }
    char url[160];
    snprintf(url, sizeof url, "dbname=postgres user=postgres host=%s/run", cluster->folder);
    assert_int_equal(setenv("MUSTER_TEST_DATABASE_URL", url, 1), 0);
}

void own_cluster_make(struct own_cluster *cluster, const char *line, const char *other)
{
    make_folder(cluster);
    make_in_folder(cluster, line, other);
}

void own_cluster_make_small(struct own_cluster *cluster, const char *options)
{
    make_folder(cluster);
    assert_int_equal(mount("tmpfs", cluster->folder, "tmpfs", 0, options), 0);
    make_in_folder(cluster, "max_wal_size = 64MB", "min_wal_size = 32MB");
}

void own_cluster_let_in(const struct own_cluster *cluster, const char *addresses)
{
    if (run(cluster, "let-in", addresses, NULL) != 0) {
        fail_msg("PostgreSQL in %s lets nobody in from %s", cluster->folder, addresses);
    }
}

void own_cluster_follow_again(const struct own_cluster *cluster, const struct own_cluster *primary)
{
    if (run(cluster, "follow", primary->folder, NULL) != 0) {
        fail_msg("no standby of %s could be made in %s", primary->folder, cluster->folder);
    }
}

void own_cluster_follow(struct own_cluster *cluster, const struct own_cluster *primary)
{
    make_folder(cluster);
    own_cluster_follow_again(cluster, primary);
}

void own_cluster_do(const struct own_cluster *cluster, const char *what)
{
    if (run(cluster, what, NULL, NULL) != 0) {
        fail_msg("PostgreSQL in %s: %s failed", cluster->folder, what);
    }
}

void own_cluster_remove(const struct own_cluster *cluster)
{
    own_cluster_do(cluster, "remove");
}
