/* The data connection. Plain downloads are dropped inside the kernel (MSG_TRUNC), plain uploads come from a
 * memory file through sendfile: neither direction costs the generator a copy of its own. */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DISCARD_BYTES = 4 << 20, PATTERN_BYTES = 8 << 20, TLS_BYTES = 256 << 10, LINES_BYTES = 256 << 10 };

static unsigned char pattern[PATTERN_BYTES];
static int pattern_fd = -1;
static pthread_once_t pattern_once = PTHREAD_ONCE_INIT;

static void make_pattern(void) {
  uint32_t state = 2463534242u;
  for (size_t i = 0; i < sizeof pattern; i++) {
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    pattern[i] = (unsigned char)state;
  }
  pattern_fd = memfd_create("pattern", MFD_CLOEXEC);
  if (pattern_fd < 0) die("memfd_create: %s", strerror(errno));
  if (write(pattern_fd, pattern, sizeof pattern) != (ssize_t)sizeof pattern) die("memfd: short write");
}

void data_prepare_pattern(void) {
  pthread_once(&pattern_once, make_pattern);
}

Data data_open(Control *control, int receive_buffer) {
  int port = control_passive_port(control);
  return (Data){.fd = connect_tcp(control->options->host, port, receive_buffer), .ssl = NULL};
}

Data data_start(Control *control, const char *command, const char *path, int receive_buffer) {
  Data data = data_open(control, receive_buffer);
  if (path != NULL) control_send(control, "%s %s", command, path);
  else control_send(control, "%s", command);
  control_expect(control, 150, command);
  if (control->ssl != NULL) data.ssl = tls_connect(data.fd, NULL, control->session);
  return data;
}

int64_t data_discard(Data *data) {
  if (data->ssl != NULL) return tls_discard(data->ssl, data->fd);
  int64_t total = 0;
  for (;;) {
    ssize_t got = recv(data->fd, NULL, DISCARD_BYTES, MSG_TRUNC);
    if (got < 0) die("data connection: %s", strerror(errno));
    if (got == 0) return total;
    total += got;
  }
}

int64_t data_count_lines(Data *data, int64_t *lines) {
  static _Thread_local char buffer[LINES_BYTES];
  int64_t total = 0;
  for (;;) {
    ssize_t got;
    if (data->ssl != NULL) got = tls_read(data->ssl, buffer, sizeof buffer);
    else got = recv(data->fd, buffer, sizeof buffer, 0);
    if (got < 0) die("data connection: %s", strerror(errno));
    if (got == 0) return total;
    total += got;
    const char *end = buffer + got;
    for (const char *at = buffer; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) (*lines)++;
  }
}

static void send_plain(int fd, int64_t size) {
  while (size > 0) {
    off_t offset = 0;
    while (size > 0 && offset < PATTERN_BYTES) {
      size_t part = (size_t)(PATTERN_BYTES - offset);
      if ((int64_t)part > size) part = (size_t)size;
      ssize_t sent = sendfile(fd, pattern_fd, &offset, part);
      if (sent <= 0) die("upload: %s", strerror(errno));
      size -= sent;
    }
  }
}

void data_send_pattern(Data *data, int64_t size) {
  data_prepare_pattern();
  if (data->ssl == NULL) {
    send_plain(data->fd, size);
    return;
  }
  for (int64_t done = 0; done < size;) {
    size_t offset = (size_t)(done % PATTERN_BYTES);
    size_t part = TLS_BYTES;
    if ((int64_t)part > size - done) part = (size_t)(size - done);
    tls_write_all(data->ssl, pattern + offset, part);
    done += (int64_t)part;
  }
}

void data_close(Data *data) {
  if (data->ssl != NULL) {
    tls_finish(data->ssl);
    shutdown(data->fd, SHUT_WR);
    /* Closing with the server's session tickets unread would reset the connection and lose the end of an upload. */
    char rest[4096];
    while (recv(data->fd, rest, sizeof rest, 0) > 0) continue;
    SSL_free(data->ssl);
  }
  close(data->fd);
}
