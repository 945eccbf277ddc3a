/* Arguments and the table of sub-commands. */
#include "load.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
  const char *name;
  void (*run)(const Options *options);
} commands[] = {
    {"download", run_download},         {"upload", run_upload},
    {"small-download", run_small_download}, {"small-upload", run_small_upload},
    {"login", run_login},               {"list", run_list},
    {"idle", run_idle},                 {"slow-readers", run_slow_readers},
    {"ceiling", run_ceiling},           {"tftp", run_tftp},
};

static void raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static void set_option(Options *options, const char *name, const char *value) {
  if (strcmp(name, "--host") == 0) options->host = value;
  else if (strcmp(name, "--port") == 0) options->port = atoi(value);
  else if (strcmp(name, "--user") == 0) options->user = value;
  else if (strcmp(name, "--password") == 0) options->password = value;
  else if (strcmp(name, "--path") == 0) options->path = value;
  else if (strcmp(name, "--command") == 0) options->command = value;
  else if (strcmp(name, "--size") == 0) options->size = atoll(value);
  else if (strcmp(name, "--files") == 0) options->files = atoll(value);
  else if (strcmp(name, "--max") == 0) options->max = atoll(value);
  else if (strcmp(name, "--connections") == 0) options->connections = atoi(value);
  else if (strcmp(name, "--rate") == 0) options->rate = atoll(value);
  else if (strcmp(name, "--seconds") == 0) options->seconds = atof(value);
  else if (strcmp(name, "--block") == 0) options->block = atoll(value);
  else if (strcmp(name, "--window") == 0) options->window = atoll(value);
  else if (strcmp(name, "--tls") == 0) options->tls = atoi(value) != 0;
  else if (strcmp(name, "--gate") == 0) options->gate = atoi(value) != 0;
  else die("unknown option: %s", name);
}

int main(int count, char **arguments) {
  Options options = {.host = "127.0.0.1", .user = "bench", .password = "bench", .path = "/", .command = "LIST",
                     .files = 1, .connections = 1, .rate = 10000, .seconds = 1, .block = 512, .window = 1};
  if (count < 2) die("usage: load COMMAND [--option value]...");
  for (int i = 2; i + 1 < count; i += 2) set_option(&options, arguments[i], arguments[i + 1]);
  signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  tls_prepare();
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    if (strcmp(arguments[1], commands[i].name) != 0) continue;
    commands[i].run(&options);
    return 0;
  }
  die("unknown command: %s", arguments[1]);
}
