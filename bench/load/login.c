/* Connect, greeting, USER, PASS, QUIT, again and again on each of some connections. */
#include "load.h"

#include <stdio.h>

typedef struct {
  const Options *options;
  int64_t done;
  double elapsed;
} Worker;

static void *login_worker(void *argument) {
  Worker *worker = argument;
  double start = now_seconds();
  do {
    Control *control = control_open_connection(worker->options);
    control_login(control);
    control_quit(control);
    worker->done++;
    worker->elapsed = now_seconds() - start;
  } while (worker->elapsed < worker->options->seconds);
  return NULL;
}

void run_login(const Options *options) {
  int count = options->connections;
  Worker *workers = allocate(sizeof *workers * (size_t)count);
  for (int i = 0; i < count; i++) workers[i].options = options;
  run_threads(count, login_worker, workers, sizeof *workers);
  int64_t logins = 0;
  double elapsed = 0;
  for (int i = 0; i < count; i++) {
    logins += workers[i].done;
    if (workers[i].elapsed > elapsed) elapsed = workers[i].elapsed;
  }
  printf("{\"logins\":%lld,\"seconds\":%.6f}\n", (long long)logins, elapsed);
}
