/* A fast download alone, then beside many connections that read the same file slowly. */
#include "load.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
  SLICES = 25, /* each connection is read once in SLICES ticks */
  TICK_MILLISECONDS = 10,
  SLOW_RECEIVE_BUFFER = 16 * 1024, /* or the kernel would swallow minutes of a slow reader's time */
  START_THREADS = 16,
};

typedef struct {
  const Options *options;
  Control **controls;
  Data *data;
  int first, count;
} StartShare;

typedef struct {
  const Options *options;
  Data *data;
  _Atomic int64_t bytes;
  atomic_bool stop;
} Readers;

static void *start_share(void *argument) {
  StartShare *share = argument;
  for (int i = share->first; i < share->count; i += START_THREADS) {
    share->data[i] = data_start(share->controls[i], "RETR", share->options->path, SLOW_RECEIVE_BUFFER);
  }
  return NULL;
}

static void *read_slowly(void *argument) {
  Readers *readers = argument;
  const Options *options = readers->options;
  const size_t portion = (size_t)(options->rate * SLICES * TICK_MILLISECONDS / 1000);
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (int tick = 0; !readers->stop; tick++) {
    for (int i = tick % SLICES; i < options->connections; i += SLICES) {
      ssize_t got = recv(readers->data[i].fd, NULL, portion, MSG_TRUNC | MSG_DONTWAIT);
      if (got == 0) die("the server ended a slow download");
      if (got < 0 && errno != EAGAIN) die("slow download: %s", strerror(errno));
      if (got > 0) readers->bytes += got;
    }
    next.tv_nsec += TICK_MILLISECONDS * 1000000L;
    if (next.tv_nsec >= 1000000000L) next.tv_nsec -= 1000000000L, next.tv_sec++;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
  return NULL;
}

void run_slow_readers(const Options *options) {
  int count = options->connections;
  int64_t alone_bytes, beside_bytes;
  double alone_seconds, beside_seconds;
  download_for(options, &alone_bytes, &alone_seconds);

  Control **controls = allocate(sizeof *controls * (size_t)count);
  Data *data = allocate(sizeof *data * (size_t)count);
  StartShare shares[START_THREADS];
  control_open_many(options, controls, count);
  for (int i = 0; i < START_THREADS; i++) shares[i] = (StartShare){options, controls, data, i, count};
  run_threads(START_THREADS, start_share, shares, sizeof shares[0]);

  Readers readers = {.options = options, .data = data};
  pthread_t thread;
  if (pthread_create(&thread, NULL, read_slowly, &readers) != 0) die("cannot start a thread");
  /* One second, so that the buffers of the slow ones are full and the server has settled. */
  nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
  int64_t slow_before = readers.bytes;
  double start = now_seconds();
  download_for(options, &beside_bytes, &beside_seconds);
  double slow_seconds = now_seconds() - start;
  int64_t slow_bytes = readers.bytes - slow_before;
  readers.stop = true;
  pthread_join(thread, NULL);
  printf("{\"aloneBytes\":%lld,\"aloneSeconds\":%.6f,\"besideBytes\":%lld,\"besideSeconds\":%.6f,"
         "\"slowBytes\":%lld,\"slowSeconds\":%.6f}\n",
         (long long)alone_bytes, alone_seconds, (long long)beside_bytes, beside_seconds, (long long)slow_bytes,
         slow_seconds);
}
