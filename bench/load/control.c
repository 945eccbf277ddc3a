/* The FTP control connection: replies, login, EPSV. */
#include "load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { COMMAND_BYTES = 1024, LOGIN_THREADS = 16 };

static size_t control_fill(Control *control) {
  if (control->start > 0) {
    memmove(control->buffer, control->buffer + control->start, control->used - control->start);
    control->used -= control->start;
    control->start = 0;
  }
  size_t room = sizeof control->buffer - control->used;
  if (room == 0) die("a reply line is too long");
  ssize_t got;
  if (control->ssl != NULL) got = tls_read(control->ssl, control->buffer + control->used, (int)room);
  else got = recv(control->fd, control->buffer + control->used, room, 0);
  if (got < 0) die("control connection: %s", strerror(errno));
  control->used += (size_t)got;
  return (size_t)got;
}

static void control_line(Control *control, char *line, size_t capacity) {
  for (;;) {
    char *from = control->buffer + control->start;
    char *end = memchr(from, '\n', control->used - control->start);
    if (end != NULL) {
      size_t length = (size_t)(end - from);
      control->start += length + 1;
      if (length > 0 && from[length - 1] == '\r') length--;
      if (length >= capacity) length = capacity - 1;
      memcpy(line, from, length);
      line[length] = 0;
      return;
    }
    if (control_fill(control) == 0) die("the server closed the control connection");
  }
}

/* RFC 959, 4.2: a reply of several lines ends with the first one that has its code and a space. */
int control_reply(Control *control, char *text, size_t capacity) {
  char line[COMMAND_BYTES];
  control_line(control, line, sizeof line);
  int code = atoi(line);
  if (strlen(line) > 3 && line[3] == '-') {
    char last[4] = {line[0], line[1], line[2], ' '};
    do control_line(control, line, sizeof line);
    while (strncmp(line, last, sizeof last) != 0);
  }
  if (text != NULL) snprintf(text, capacity, "%s", line);
  return code;
}

void control_expect(Control *control, int code, const char *what) {
  char text[COMMAND_BYTES];
  int got = control_reply(control, text, sizeof text);
  /* 150 and 125, 226 and 250 are pairs of equals (RFC 959, 5.4). */
  if (got == code || (code == 150 && got == 125) || (code == 226 && got == 250)) return;
  die("%s: expected %d, the server said: %s", what, code, text);
}

void control_send(Control *control, const char *format, ...) {
  char line[COMMAND_BYTES];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line - 2, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= sizeof line - 2) die("a command is too long");
  memcpy(line + length, "\r\n", 2);
  length += 2;
  if (control->ssl != NULL) {
    tls_write_all(control->ssl, line, (size_t)length);
    (void)BIO_flush(SSL_get_wbio(control->ssl));
    return;
  }
  if (send(control->fd, line, (size_t)length, MSG_NOSIGNAL) != length) die("send: %s", strerror(errno));
}

Control *control_open_connection(const Options *options) {
  Control *control = allocate(sizeof *control);
  control->options = options;
  control->fd = connect_tcp(options->host, options->port, 0);
  control_expect(control, 220, "greeting");
  return control;
}

void control_login(Control *control) {
  control_send(control, "USER %s", control->options->user);
  int code = control_reply(control, NULL, 0);
  if (code == 331) {
    control_send(control, "PASS %s", control->options->password);
    control_expect(control, 230, "PASS");
  } else if (code != 230) {
    die("USER: the server said %d", code);
  }
}

Control *control_open(const Options *options) {
  Control *control = control_open_connection(options);
  if (options->tls) {
    control_send(control, "AUTH TLS");
    control_expect(control, 234, "AUTH TLS");
    control->ssl = tls_connect(control->fd, control, NULL);
  }
  control_login(control);
  if (options->tls) {
    control_send(control, "PBSZ 0");
    control_expect(control, 200, "PBSZ");
    control_send(control, "PROT P");
    control_expect(control, 200, "PROT");
  }
  control_send(control, "TYPE I");
  control_expect(control, 200, "TYPE");
  return control;
}

/* RFC 2428: 229 text (|||port|). */
int control_passive_port(Control *control) {
  char text[COMMAND_BYTES];
  control_send(control, "EPSV");
  int code = control_reply(control, text, sizeof text);
  const char *bracket = strrchr(text, '(');
  if (code != 229 || bracket == NULL) die("EPSV: the server said: %s", text);
  return atoi(bracket + 4);
}

void control_quit(Control *control) {
  control_send(control, "QUIT");
  control_expect(control, 221, "QUIT");
  /* Waiting for the server's end keeps TIME_WAIT, and with it the shortage of ports, off the client. */
  if (control->ssl == NULL) {
    char rest[256];
    while (recv(control->fd, rest, sizeof rest, 0) > 0) continue;
  } else {
    tls_finish(control->ssl);
    SSL_free(control->ssl);
    if (control->session != NULL) SSL_SESSION_free(control->session);
  }
  close(control->fd);
  free(control);
}

typedef struct {
  const Options *options;
  Control **controls;
  int first, count;
} OpenShare;

static void *open_share(void *argument) {
  OpenShare *share = argument;
  for (int i = share->first; i < share->count; i += LOGIN_THREADS) {
    share->controls[i] = control_open(share->options);
  }
  return NULL;
}

void control_open_many(const Options *options, Control **controls, int count) {
  OpenShare shares[LOGIN_THREADS];
  for (int i = 0; i < LOGIN_THREADS; i++) shares[i] = (OpenShare){options, controls, i, count};
  run_threads(LOGIN_THREADS, open_share, shares, sizeof shares[0]);
}
