/* What the generator itself can take and give: the same download and upload code against a thread that does
 * nothing but sendfile and discard. A server's figure near this one says nothing about the server. */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  int fd;
  int64_t size;
} Sender;

static void *send_side(void *argument) {
  Sender *sender = argument;
  Data data = {.fd = sender->fd, .ssl = NULL};
  data_send_pattern(&data, sender->size);
  close(sender->fd);
  return NULL;
}

void run_ceiling(const Options *options) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, length) != 0) die("bind: %s", strerror(errno));
  listen(listener, 1);
  getsockname(listener, (struct sockaddr *)&address, &length);
  int near = connect_tcp("127.0.0.1", ntohs(address.sin_port), 0);
  Sender sender = {.fd = accept(listener, NULL, NULL), .size = options->size};
  close(listener);
  data_prepare_pattern();
  double start = now_seconds();
  pthread_t thread;
  if (pthread_create(&thread, NULL, send_side, &sender) != 0) die("cannot start a thread");
  Data data = {.fd = near, .ssl = NULL};
  int64_t bytes = data_discard(&data);
  double elapsed = now_seconds() - start;
  pthread_join(thread, NULL);
  data_close(&data);
  if (bytes != options->size) die("ceiling: %lld bytes", (long long)bytes);
  printf("{\"bytes\":%lld,\"seconds\":%.6f}\n", (long long)bytes, elapsed);
}
