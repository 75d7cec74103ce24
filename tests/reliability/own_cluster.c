/* The work is done by the script tests/reliability/cluster, which knows whom PostgreSQL runs as. */
#include "reliability/own_cluster.h"

#include "support/cmocka_headers.h"
#include "support/process.h"

static int run(const struct own_cluster *cluster, const char *what, const char *line, const char *other)
{
    const char *arguments[] = {
        "bash", SOURCE_FOLDER "/tests/reliability/cluster", what, cluster->folder, line, other, NULL};
    return process_wait(process_start(arguments, NULL, NULL, NULL));
}

void own_cluster_make(struct own_cluster *cluster, const char *line, const char *other)
{
    *cluster = (struct own_cluster){.folder = "/tmp/muster-cluster-XXXXXX"};
    assert_non_null(mkdtemp(cluster->folder));
    if (run(cluster, "make", line, other) != 0) {
        fail_msg("no PostgreSQL could be made in %s", cluster->folder);
    }
    char url[160];
    snprintf(url, sizeof url, "dbname=postgres user=postgres host=%s/run", cluster->folder);
    assert_int_equal(setenv("MUSTER_TEST_DATABASE_URL", url, 1), 0);
}

void own_cluster_do(const struct own_cluster *cluster, const char *what)
{
    if (run(cluster, what, NULL, NULL) != 0) {
        fail_msg("PostgreSQL in %s: %s failed", cluster->folder, what);
    }
}

pid_t own_cluster_process(const struct own_cluster *cluster)
{
    char path[128];
    long process = 0;
    snprintf(path, sizeof path, "%s/data/postmaster.pid", cluster->folder);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld", &process), 1);
    fclose(file);
    return (pid_t)process;
}

void own_cluster_remove(const struct own_cluster *cluster)
{
    own_cluster_do(cluster, "remove");
}
