/* The limit of signing in: how many passwords a second so many processes can hash. Without arguments: prints
 * one hash of the password that everybody in the bench has. */
#include <crypt.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char password[] = "correct horse battery";
static struct crypt_data work;

static const char *hash_with(const char *setting)
{
    const char *hash = crypt_r(password, setting, &work);

    if (hash == NULL || hash[0] == '*') {
        perror("crypt_r");
        exit(1);
    }
    return hash;
}

static void make_setting(char setting[CRYPT_GENSALT_OUTPUT_SIZE])
{
    char salt[32];

    if (getrandom(salt, sizeof salt, 0) != (ssize_t)sizeof salt ||
        crypt_gensalt_rn("$y$", 0, salt, sizeof salt, setting, CRYPT_GENSALT_OUTPUT_SIZE) == NULL) {
        perror("crypt_gensalt_rn");
        exit(1);
    }
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Like a sign-in: the work area is wiped after each hash. */
static double measure(const char *setting, double seconds)
{
    double start = now();
    double end = start;
    long hashes = 0;

    while (end - start < seconds) {
        (void)hash_with(setting);
        explicit_bzero(&work, sizeof work);
        hashes++;
        end = now();
    }
    return (double)hashes / (end - start);
}

static double measure_all(int processes, const char *setting, double seconds)
{
    double total = 0;
    int ends[2];

    if (pipe(ends) != 0) {
        perror("pipe");
        exit(1);
    }
    for (int i = 0; i < processes; i++) {
        if (fork() == 0) {
            double rate = measure(setting, seconds);

            _exit(write(ends[1], &rate, sizeof rate) == (ssize_t)sizeof rate ? 0 : 1);
        }
    }
    close(ends[1]);
    for (double rate; read(ends[0], &rate, sizeof rate) == (ssize_t)sizeof rate;) {
        total += rate;
    }
    while (wait(NULL) > 0) {
    }
    return total;
}

int main(int argc, char **argv)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];

    make_setting(setting);
    if (argc == 3) {
        printf("%.2f\n", measure_all((int)strtol(argv[1], NULL, 10), setting, strtod(argv[2], NULL)));
    } else {
        puts(hash_with(setting));
    }
    return 0;
}
