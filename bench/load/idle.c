/* Holds logged-in sessions until stdin ends, then proves with NOOP that each is still alive. */
#include "load.h"

#include <stdio.h>
#include <unistd.h>

void run_idle(const Options *options) {
  int count = options->connections;
  Control **controls = allocate(sizeof *controls * (size_t)count);
  double start = now_seconds();
  control_open_many(options, controls, count);
  printf("{\"sessions\":%d,\"seconds\":%.6f}\n", count, now_seconds() - start);
  fflush(stdout);
  char ignored[64];
  while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) continue;
  for (int i = 0; i < count; i++) {
    control_send(controls[i], "NOOP");
    control_expect(controls[i], 200, "NOOP");
  }
  printf("{\"alive\":%d}\n", count);
}
