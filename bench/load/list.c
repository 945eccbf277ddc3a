/* LIST or MLSD of a large directory. */
#include "load.h"

#include <stdio.h>

void run_list(const Options *options) {
  Control *control = control_open(options);
  control_send(control, "CWD %s", options->path);
  control_expect(control, 250, "CWD");
  int64_t listings = 0, bytes = 0, lines = 0;
  double elapsed = 0;
  double start = now_seconds();
  do {
    Data data = data_start(control, options->command, NULL, 0);
    bytes += data_count_lines(&data, &lines);
    data_close(&data);
    control_expect(control, 226, options->command);
    listings++;
    elapsed = now_seconds() - start;
  } while (elapsed < options->seconds && (options->max == 0 || listings < options->max));
  control_quit(control);
  printf("{\"listings\":%lld,\"bytes\":%lld,\"lines\":%lld,\"seconds\":%.6f}\n", (long long)listings,
         (long long)bytes, (long long)lines, elapsed);
}
