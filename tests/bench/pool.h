/* Processes that answer FastCGI in muster's way, with nothing of muster in them: what an answer costs at
 * least. */
#ifndef BENCH_POOL_H
#define BENCH_POOL_H

#include <fcgiapp.h>

/* Listens at `path`, starts that many processes and waits for them; each calls `prepare` (or NULL) once and
 * `answer` for every request. Ends by SIGTERM with all of them. Returns an exit status. */
int pool_run(const char *path, int processes, void (*prepare)(void), void (*answer)(FCGX_Request *request));

/* Ends the process, telling on standard error why. */
_Noreturn void pool_fail(const char *what);

#endif
