/* One large file over one connection, again and again until the time is up. */
#include "load.h"

#include <stdio.h>
#include <unistd.h>

static bool more(const Options *options, int64_t transfers, double elapsed) {
  if (transfers == 0) return true;
  return elapsed < options->seconds && (options->max == 0 || transfers < options->max);
}

/* Lets the caller look at the server's CPU time between the login (which may hash a password) and the transfers. */
static void pass_gate(const Options *options) {
  if (!options->gate) return;
  printf("{\"ready\":1}\n");
  fflush(stdout);
  char byte;
  if (read(STDIN_FILENO, &byte, 1) < 0) die("stdin cannot be read");
}

/* Reports, and at a gate keeps the session until stdin ends: a server may leave the processes of a closed session
 * to init, and their CPU time with them. */
static void finish(Control *control, int64_t transfers, int64_t bytes, double elapsed) {
  printf("{\"transfers\":%lld,\"bytes\":%lld,\"seconds\":%.6f,\"resumed\":%lld}\n", (long long)transfers,
         (long long)bytes, elapsed, (long long)tls_resumed());
  fflush(stdout);
  char byte;
  if (control->options->gate) while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  control_quit(control);
}

static int64_t download_loop(Control *control, int64_t *bytes, double *elapsed) {
  const Options *options = control->options;
  int64_t transfers = 0;
  *bytes = 0;
  *elapsed = 0;
  double start = now_seconds();
  while (more(options, transfers, *elapsed)) {
    Data data = data_start(control, "RETR", options->path, 0);
    int64_t got = data_discard(&data);
    data_close(&data);
    control_expect(control, 226, "RETR");
    if (got != options->size) die("RETR: %lld bytes, not %lld", (long long)got, (long long)options->size);
    *bytes += got;
    transfers++;
    *elapsed = now_seconds() - start;
  }
  return transfers;
}

void download_for(const Options *options, int64_t *bytes, double *elapsed) {
  Control *control = control_open(options);
  download_loop(control, bytes, elapsed);
  control_quit(control);
}

void run_download(const Options *options) {
  int64_t bytes;
  double elapsed;
  Control *control = control_open(options);
  pass_gate(options);
  int64_t transfers = download_loop(control, &bytes, &elapsed);
  finish(control, transfers, bytes, elapsed);
}

void run_upload(const Options *options) {
  Control *control = control_open(options);
  int64_t transfers = 0;
  double elapsed = 0;
  data_prepare_pattern();
  pass_gate(options);
  double start = now_seconds();
  while (more(options, transfers, elapsed)) {
    char path[512];
    snprintf(path, sizeof path, "%s%lld", options->path, (long long)transfers);
    Data data = data_start(control, "STOR", path, 0);
    data_send_pattern(&data, options->size);
    data_close(&data);
    control_expect(control, 226, "STOR");
    transfers++;
    elapsed = now_seconds() - start;
  }
  finish(control, transfers, transfers * options->size, elapsed);
}
