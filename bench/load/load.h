/* The load generator of the benches of FTP and TFTP: one binary, one sub-command a measurement, one JSON object on stdout.
 * It is strict: an unexpected reply, a short file or a wrong count ends the program with status 1. */
#ifndef WHERRY_BENCH_LOAD_H
#define WHERRY_BENCH_LOAD_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  const char *host;
  const char *user;
  const char *password;
  const char *path;    /* remote file, directory or prefix of upload names */
  const char *command; /* LIST or MLSD */
  int port;
  bool tls;         /* AUTH TLS and PROT P */
  int64_t size;     /* expected bytes a file; upload: bytes to send */
  int64_t files;    /* how many small files the directory holds */
  int64_t max;      /* at most so many transfers; 0 = as the time allows */
  int connections;  /* concurrent sessions */
  int64_t rate;     /* bytes a second of a slow reader */
  bool gate;        /* download, upload: begin at a byte on stdin, log out at its end */
  double seconds;   /* begin no further transfer after this time */
  int64_t block, window; /* TFTP: octets of a block, blocks without an acknowledgement */
} Options;

typedef struct {
  int fd;
  SSL *ssl;             /* NULL on a plain connection */
  SSL_SESSION *session; /* newest ticket of this control connection */
  const Options *options;
  size_t start, used;
  char buffer[4096];
} Control;

typedef struct {
  int fd;
  SSL *ssl;
} Data;

/* base.c */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
double now_seconds(void);
int connect_tcp(const char *host, int port, int receive_buffer);
void *allocate(size_t bytes);
void run_threads(int count, void *(*body)(void *), void *arguments, size_t argument_size);

/* tls.c */
void tls_prepare(void);
int64_t tls_resumed(void); /* how many handshakes resumed a session so far */
SSL *tls_connect(int fd, Control *owner, SSL_SESSION *resume);
int tls_read(SSL *ssl, void *buffer, int capacity); /* 0 at the end */
int64_t tls_discard(SSL *ssl, int fd);              /* reads to the end; bytes of data seen */
void tls_write_all(SSL *ssl, const void *buffer, size_t length);
void tls_finish(SSL *ssl); /* close_notify, flushed */

/* control.c */
Control *control_open(const Options *options);           /* connected, logged in, TYPE I */
Control *control_open_connection(const Options *options); /* connected and greeted only */
void control_login(Control *control);
void control_send(Control *control, const char *format, ...) __attribute__((format(printf, 2, 3)));
int control_reply(Control *control, char *text, size_t capacity);
void control_expect(Control *control, int code, const char *what);
int control_passive_port(Control *control);
void control_quit(Control *control);
void control_open_many(const Options *options, Control **controls, int count);

/* data.c */
Data data_open(Control *control, int receive_buffer);
Data data_start(Control *control, const char *command, const char *path, int receive_buffer);
int64_t data_discard(Data *data);                                 /* reads to the end; bytes seen */
int64_t data_count_lines(Data *data, int64_t *lines);             /* reads to the end */
void data_prepare_pattern(void);
void data_send_pattern(Data *data, int64_t size);
void data_close(Data *data);

/* one file each */
void run_download(const Options *options);
void run_upload(const Options *options);
void run_small_download(const Options *options);
void run_small_upload(const Options *options);
void run_login(const Options *options);
void run_list(const Options *options);
void run_idle(const Options *options);
void run_slow_readers(const Options *options);
void run_ceiling(const Options *options);
void run_tftp(const Options *options);

/* transfer.c, also used by slow-readers.c */
void download_for(const Options *options, int64_t *bytes, double *elapsed);

#endif
