/* Many small files, one after the other on each connection: EPSV, connect, RETR or STOR, 226. */
#include "load.h"

#include <pthread.h>
#include <stdio.h>

typedef struct {
  const Options *options;
  Control *control;
  pthread_barrier_t *barrier;
  int64_t offset; /* so that the connections do not all ask for the same file */
  int64_t done;
  double elapsed;
} Worker;

static void *download_worker(void *argument) {
  Worker *worker = argument;
  const Options *options = worker->options;
  pthread_barrier_wait(worker->barrier);
  double start = now_seconds();
  do {
    char path[512];
    snprintf(path, sizeof path, "%s/%05lld", options->path,
             (long long)((worker->offset + worker->done) % options->files));
    Data data = data_start(worker->control, "RETR", path, 0);
    int64_t got = data_discard(&data);
    data_close(&data);
    control_expect(worker->control, 226, "RETR");
    if (got != options->size) die("RETR: %lld bytes, not %lld", (long long)got, (long long)options->size);
    worker->done++;
    worker->elapsed = now_seconds() - start;
  } while (worker->elapsed < options->seconds);
  return NULL;
}

void run_small_download(const Options *options) {
  int count = options->connections;
  Control **controls = allocate(sizeof *controls * (size_t)count);
  Worker *workers = allocate(sizeof *workers * (size_t)count);
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, (unsigned)count);
  control_open_many(options, controls, count);
  for (int i = 0; i < count; i++) {
    workers[i] = (Worker){options, controls[i], &barrier, i * (options->files / count), 0, 0};
  }
  run_threads(count, download_worker, workers, sizeof *workers);
  int64_t files = 0;
  double elapsed = 0;
  for (int i = 0; i < count; i++) {
    files += workers[i].done;
    if (workers[i].elapsed > elapsed) elapsed = workers[i].elapsed;
    control_quit(controls[i]);
  }
  printf("{\"files\":%lld,\"bytes\":%lld,\"seconds\":%.6f}\n", (long long)files,
         (long long)(files * options->size), elapsed);
}

void run_small_upload(const Options *options) {
  Control *control = control_open(options);
  int64_t files = 0;
  double elapsed = 0;
  data_prepare_pattern();
  double start = now_seconds();
  while (elapsed < options->seconds) {
    char path[512];
    snprintf(path, sizeof path, "%s%lld", options->path, (long long)files);
    Data data = data_start(control, "STOR", path, 0);
    data_send_pattern(&data, options->size);
    data_close(&data);
    control_expect(control, 226, "STOR");
    files++;
    elapsed = now_seconds() - start;
  }
  control_quit(control);
  printf("{\"files\":%lld,\"bytes\":%lld,\"seconds\":%.6f}\n", (long long)files,
         (long long)(files * options->size), elapsed);
}
